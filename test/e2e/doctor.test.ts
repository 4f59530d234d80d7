// `doctor` sees what is right and what is wrong. Trouble is made in front of the shared broker: by proxies that speak TLS
// with a certificate of ours, or that change the address which the broker advertises.
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { afterAll, expect, test } from '@jest/globals'
import { bootstrap } from '../support/broker.js'
import { type Peer, startPeer } from '../support/faulty-peer.js'
import { type RunOptions, sluice } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

interface Check {
  check: string
  subject: string
  status: string
  text: string
  advice: string | null
}

const work = new Workdir()
const tlsFolder = new URL('../fixtures/tls/', import.meta.url)
const tlsFile = (name: string): string => new URL(name, tlsFolder).pathname
const broker = Number(bootstrap.split(':')[1])
const closing: (() => unknown)[] = []

afterAll(async () => {
  for (const close of closing) await close()
})

async function doctor(
  args: string[],
  options?: RunOptions
): Promise<{ code: number | null; stderr: string; checks: Check[] }> {
  const { code, stdout, stderr } = await sluice(['doctor', '--json', ...args], options)
  return { code, stderr, checks: JSON.parse(stdout) as Check[] }
}

function statuses(checks: Check[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ check, status }) => [check, status]))
}

const failures = (checks: Check[]): Check[] => checks.filter(({ status }) => status === 'failed')
const oneFailed = 'sluice: 1 check failed: do what the report says\n'

/** A TLS listener with this key and certificate, in front of the broker. */
async function startTls(file: string): Promise<number> {
  const both = readFileSync(tlsFile(file))
  const server = createServer({ key: both, cert: both }, (near) => {
    const far = connect(broker, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) socket.on('error', () => far.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** The broker as one sees it that advertises an address where nobody listens: of the same length, so that it still fits. */
async function startMisadvertised(): Promise<Peer> {
  const peer = await startPeer((near) => {
    const far = connect(broker, '127.0.0.1')
    near.on('data', (chunk) => far.write(chunk)).on('close', () => far.destroy())
    far.on('data', (chunk: Buffer) =>
      near.write(chunk.toString('latin1').replaceAll('127.0.0.1', '127.0.0.9'), 'latin1')
    )
    far.on('error', () => near.destroy())
  })
  closing.push(() => peer.close())
  return peer
}

test('all is well with a broker that is there, and nothing is said on stderr', async () => {
  const { code, stderr, checks } = await doctor(['-b', bootstrap.replace('127.0.0.1', 'localhost')])
  expect({ code, stderr, failures: failures(checks) }).toEqual({ code: 0, stderr: '', failures: [] })
  expect(statuses(checks)).toEqual({
    ...{ version: 'ok', sandbox: 'ok', setting: 'ok', name: 'ok', connection: 'ok', protocol: 'ok', login: 'ok' },
    ...{ cluster: 'ok', broker: 'ok', controller: 'ok', clock: 'ok', rights: 'ok' }
  })
  const text = (name: string): string => checks.find(({ check }) => check === name)!.text
  expect(text('broker')).toBe(`advertises ${bootstrap}, which can be reached`)
  expect(text('clock')).toMatch(/^agrees with the controller's to \d+ ms$/)
  expect(text('rights')).toContain('Describe')
})

test('settings are shown with their places, secrets are not', async () => {
  const file = work.write(
    'client.properties',
    `bootstrap.servers=127.0.0.1:1
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="ann" password="hunter2";
some.unknown.thing=hunter2
`
  )
  const { code, stdout, stderr } = await sluice(['doctor', '-F', file, '-X', 'client.id=mine'])
  expect(code).toBe(1)
  expect(stdout + stderr).not.toContain('hunter2')
  expect(stdout).toContain(`ok: setting bootstrap.servers: 127.0.0.1:1 (${file}, line 1)\n`)
  expect(stdout).toContain(`ok: setting sasl.jaas.config: its value is not shown (${file}, line 4)\n`)
  expect(stdout).toContain('ok: setting client.id: mine (-X)\n')
  expect(stdout).toMatch(/note: setting.*client\.properties.*chmod 600/)
  expect(stdout).toMatch(/\nfailed: connection 127\.0\.0\.1:1: connection refused: check the port, /)
  expect(stdout).toMatch(/\nskipped: login 127\.0\.0\.1:1: .*\nskipped: cluster: no broker answers\n/)
  expect(stderr).toBe(oneFailed)
})

test('settings that contradict each other are a failed check, and the end', async () => {
  const { code, stderr, checks } = await doctor(['-b', bootstrap, '-X', 'security.protocol=x'])
  expect({ code, stderr }).toEqual({ code: 1, stderr: oneFailed })
  expect(failures(checks)).toEqual([
    expect.objectContaining({ check: 'settings', advice: expect.stringContaining('PLAINTEXT') })
  ])
  expect(statuses(checks)).toMatchObject({ 'bootstrap servers': 'skipped', cluster: 'skipped' })
})

test('each server is looked at, and one that is wrong is named', async () => {
  const { code, checks } = await doctor(['-b', `no.such.host.invalid:9092,${bootstrap}`])
  expect(code).toBe(1)
  expect(failures(checks)).toEqual([
    expect.objectContaining({
      check: 'name',
      subject: 'no.such.host.invalid:9092',
      text: expect.stringMatching(/unknown host|lookup/)
    })
  ])
  // The other one is enough to go on.
  expect(statuses(checks)).toMatchObject({ login: 'ok', clock: 'ok' })
})

test('a broker that advertises an address which cannot be reached', async () => {
  const { port } = await startMisadvertised()
  const { code, checks } = await doctor(['-b', `127.0.0.1:${port}`])
  expect(code).toBe(1)
  expect(failures(checks)).toEqual([
    {
      ...{ check: 'broker', subject: '1', status: 'failed' },
      text: `advertises 127.0.0.9:${broker}, which cannot be reached from here: connection refused`,
      advice: expect.stringContaining('advertised.listeners')
    }
  ])
})

test('TLS: protocol and certificate, its authority, its end', async () => {
  const [good, expired] = [await startTls('broker-keystore.pem'), await startTls('expired.pem')]
  const over = (port: number, ca: string): string[] => [
    ...['-b', `localhost:${port}`, '-X', 'security.protocol=SSL', '-X', `ssl.truststore.location=${tlsFile(ca)}`]
  ]
  const [fine, distrusted, late] = await Promise.all([
    doctor(over(good, 'ca.pem')),
    doctor(over(good, 'expired.pem')),
    doctor(over(expired, 'expired.pem'))
  ])
  const names = `localhost:${good}`
  expect(fine.checks).toContainEqual(
    expect.objectContaining({ check: 'TLS', subject: names, text: expect.stringMatching(/^TLSv1\.3, TLS_/) })
  )
  expect(fine.checks.find(({ check }) => check === 'certificate')?.text).toMatch(
    /^CN=broker, issued by CN=sluice test CA, valid until 2\d{3}-\d\d-\d\d \(\d+ days\)$/
  )
  expect(statuses(fine.checks)).toMatchObject({ certificate: 'ok', protocol: 'ok', login: 'ok' })
  expect(failures(distrusted.checks)[0]).toMatchObject({
    ...{
      check: 'TLS',
      text: expect.stringMatching(/certificate .*\(CN=broker, issued by CN=sluice test CA, valid until/)
    },
    advice: expect.stringContaining('ssl.truststore')
  })
  expect(failures(late.checks)[0]).toMatchObject({
    ...{ check: 'TLS', text: expect.stringMatching(/expired.*\(CN=long ago, .*, was valid until 2020-02-01\)/) }
  })
  expect(statuses(late.checks)).toMatchObject({ protocol: 'skipped', login: 'skipped', rights: 'skipped' })
})
