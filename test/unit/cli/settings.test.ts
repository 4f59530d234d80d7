import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type ConnectionFlags, parseServers, readSettings } from '../../../src/cli/settings.js'
import { UsageError } from '../../../src/errors.js'

const folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const properties = file('c.properties', 'bootstrap.servers=file:1\nclient.id=f\nacks=all\nrequest.timeout.ms=7000')
const config = file(
  'config.toml',
  `
[profile.prod]
bootstrap.servers = ["prod:1", "prod:2"]
client.id = "p"
security.protocol = "SASL_PLAINTEXT"
sasl.mechanism = "PLAIN"
sasl.username = "u"
sasl.password = "\${env:SECRET}"
request.timeout.ms = 1234

[profile."my test"]
"bootstrap.servers" = "t:1"
`
)
const env = { SLUICE_CONFIG: config, SECRET: 's3' }

const servers = async (flags: ConnectionFlags, more: NodeJS.ProcessEnv = {}): Promise<string> => {
  const { settings } = await readSettings(flags, { ...env, ...more })
  return settings.bootstrapServers.map(({ host, port }) => `${host}:${port}`).join()
}
const X = (name: string, value: string): ConnectionFlags => ({ property: [{ name, value }] })

test('without anything: localhost, in the clear', async () => {
  expect(await readSettings({}, {})).toEqual({
    settings: {
      bootstrapServers: [{ host: 'localhost', port: 9092 }],
      clientId: 'sluice',
      connectTimeout: 10_000,
      requestTimeout: 30_000,
      tls: null,
      sasl: null,
      group: {
        instanceId: null,
        sessionTimeout: 45_000,
        heartbeatInterval: 3000,
        rebalanceTimeout: 300_000,
        assignors: ['cooperative-sticky', 'range', 'roundrobin']
      },
      transaction: { id: null, timeout: 900_000 },
      registry: null
    },
    notices: [],
    details: [],
    origins: [{ key: 'bootstrap.servers', value: 'localhost:9092', source: 'by default', line: undefined }]
  })
})

test('brokers: flag, -X, -F, environment, profile', async () => {
  const KAFKA_BOOTSTRAP_SERVERS = 'env:1'
  const all = { 'command-config': properties, profile: 'prod', ...X('bootstrap.servers', 'x:1') }
  expect(await servers({ ...all, 'bootstrap-server': 'flag:1' }, { KAFKA_BOOTSTRAP_SERVERS })).toBe('flag:1')
  expect(await servers(all, { KAFKA_BOOTSTRAP_SERVERS })).toBe('x:1')
  expect(await servers({ ...all, property: [] }, { KAFKA_BOOTSTRAP_SERVERS })).toBe('file:1')
  expect(await servers({ profile: 'prod' }, { KAFKA_BOOTSTRAP_SERVERS })).toBe('env:1')
  expect(await servers({}, { SLUICE_PROFILE: 'prod' })).toBe('prod:1,prod:2')
  expect(await servers({}, { KAFKA_BOOTSTRAP_SERVERS: '' })).toBe('localhost:9092')
})

test('that the environment wins over a profile asked for is said', async () => {
  const { notices } = await readSettings({ profile: 'prod' }, { ...env, KAFKA_BOOTSTRAP_SERVERS: 'env:1' })
  expect(notices).toEqual(['the brokers are those of KAFKA_BOOTSTRAP_SERVERS (env:1), not of the profile prod'])
})

test('other properties: flag, -X, -F, profile', async () => {
  const flags = { profile: 'prod', 'command-config': properties, ...X('client.id', 'x') }
  const { settings } = await readSettings({ ...flags, 'connect-timeout': 5 }, env)
  expect(settings).toMatchObject({ clientId: 'x', requestTimeout: 7000, connectTimeout: 5 })
  expect(settings.sasl).toEqual({ mechanism: 'PLAIN', username: 'u', password: 's3' })
  const fromFile = await readSettings({ profile: 'prod', 'command-config': properties }, env)
  expect(fromFile.settings.clientId).toBe('f')
  const fromProfile = await readSettings({ profile: 'prod' }, env)
  expect(fromProfile.settings).toMatchObject({ clientId: 'p', requestTimeout: 1234 })
})

test('what is not used is a detail in a file and a notice when it was typed', async () => {
  const { notices, details } = await readSettings({ 'command-config': properties, ...X('linger.ms', '5') }, {})
  expect(details).toEqual([`${properties}, line 3: acks is not used`])
  expect(notices).toEqual(['-X: linger.ms is not used'])
})

test('a profile with tables in a list is wrong usage', async () => {
  const SLUICE_CONFIG = file('tables.toml', '[profile.p]\nlist = [1, {a = 1}]\n')
  await expect(readSettings({ profile: 'p' }, { SLUICE_CONFIG })).rejects.toMatchObject({
    line: `profile p of ${SLUICE_CONFIG}: list has tables in a list: write a text, or a list of texts`
  })
})

describe('a profile that names a file', () => {
  const theirs = {
    SLUICE_CONFIG: file('named.toml', '[profile.p]\ncommand-config = "c.properties"\nclient.id = "own"\n')
  }

  test('has its properties, found beside config.toml, and its own over them', async () => {
    const { settings } = await readSettings({ profile: 'p' }, theirs)
    expect(settings).toMatchObject({
      bootstrapServers: [{ host: 'file', port: 1 }],
      clientId: 'own',
      requestTimeout: 7000
    })
    const KAFKA_BOOTSTRAP_SERVERS = 'env:1'
    expect(await servers({ profile: 'p' }, { ...theirs, KAFKA_BOOTSTRAP_SERVERS })).toBe('env:1')
  })

  test('says where a wrong name stands', async () => {
    const config = file('wrong.toml', '[profile.p]\ncommand-config = "nowhere"\n')
    await expect(readSettings({ profile: 'p' }, { SLUICE_CONFIG: config })).rejects.toMatchObject({
      line: `cannot read ${folder}/nowhere: it does not exist: correct command-config in profile p of ${config}`
    })
  })
})

describe('a secret that others can read', () => {
  const secured = [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    'sasl.username=u',
    'sasl.password=hunter2'
  ]
  const notices = async (flags: ConnectionFlags, more: NodeJS.ProcessEnv = env): Promise<string[]> =>
    (await readSettings(flags, more)).notices
  const quoted = (line: string): string => line.replace(/=(.*)/, ' = "$1"')
  const withMode = (path: string, mode: number): string => {
    chmodSync(path, mode)
    return path
  }

  test('in a file is told of once, with what to do', async () => {
    const path = withMode(file('secret.properties', secured.join('\n')), 0o640)
    const told = [`others on this machine can read the password in ${path}: chmod 600 ${path}`]
    expect(await notices({ 'command-config': path })).toEqual(told)
    const named = file('secret.toml', '[profile.p]\ncommand-config = "secret.properties"\n')
    expect(await notices({ profile: 'p' }, { SLUICE_CONFIG: named })).toEqual(told)
    const inline = withMode(file('inline.toml', `[profile.p]\n${secured.map(quoted).join('\n')}`), 0o644)
    expect(await notices({ profile: 'p' }, { SLUICE_CONFIG: inline })).toEqual([expect.stringContaining(inline)])
    expect(await notices({ 'command-config': withMode(path, 0o600) })).toEqual([])
  })

  test('is none where there is none', async () => {
    const named = [...secured.slice(0, 3), 'sasl.password=${env:SECRET}'].join('\n')
    expect(await notices({ 'command-config': withMode(file('named.properties', named), 0o644) })).toEqual([])
    expect(await notices({ 'command-config': withMode(properties, 0o644) })).toEqual([])
  })

  test('as a key of its own is told of, too', async () => {
    const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
    const key = file('key.pem', readFileSync(fixture('key.pem')))
    const tls = [`ssl.key.location=${withMode(key, 0o644)}`, `ssl.certificate.location=${fixture('cert.pem')}`]
    const path = file('tls.properties', ['security.protocol=SSL', ...tls].join('\n'))
    expect(await notices({ 'command-config': path })).toEqual([
      `others on this machine can read the key in ${key}: chmod 600 ${key}`
    ])
    withMode(key, 0o600)
    expect(await notices({ 'command-config': path })).toEqual([])
  })
})

test('a secret on the command line is warned of, and not shown', async () => {
  const base = [
    { name: 'security.protocol', value: 'SASL_PLAINTEXT' },
    { name: 'sasl.mechanism', value: 'PLAIN' },
    { name: 'sasl.username', value: 'u' }
  ]
  const typed = await readSettings({ property: [...base, { name: 'sasl.password', value: 'hunter2' }] }, {})
  expect(typed.notices).toEqual([expect.stringMatching(/^everybody .* can see sasl.password in ps/)])
  expect(typed.notices.join()).not.toContain('hunter2')
  const named = await readSettings({ property: [...base, { name: 'sasl.password', value: '${env:SECRET}' }] }, env)
  expect(named.notices).toEqual([])
  expect(named.settings.sasl).toMatchObject({ password: 's3' })
})

describe('refuses', () => {
  const refused = (flags: ConnectionFlags, more: NodeJS.ProcessEnv = env): Promise<string> =>
    readSettings(flags, more).then(
      () => 'nothing',
      (error: unknown) => {
        expect(error).toBeInstanceOf(UsageError)
        return (error as UsageError).line
      }
    )

  test('a profile that is not there, naming those that are', async () => {
    expect(await refused({ profile: 'prd' })).toBe(`there is no profile 'prd' in ${config}: did you mean prod?`)
    expect(await refused({ profile: 'other' })).toMatch(/: there are prod, my test$/)
    expect(await refused({ profile: 'toString' })).toMatch(/there is no profile/)
  })

  test('a configuration that is not there, or no TOML', async () => {
    expect(await refused({ profile: 'prod' }, { SLUICE_CONFIG: join(folder, 'none') })).toMatch(
      /cannot read .*none for the profile 'prod': it does not exist/
    )
    const broken = file('broken.toml', '[profile.prod]\na = = 1\n')
    expect(await refused({ profile: 'prod' }, { SLUICE_CONFIG: broken })).toMatch(/broken.toml, line 2: /)
  })

  test('a file that is not there', async () => {
    expect(await refused({ 'command-config': join(folder, 'none') })).toMatch(/cannot read .*none: it does not exist/)
    expect(await refused({ 'command-config': folder })).toMatch(/EISDIR/)
  })

  test('times that are none', async () => {
    expect(await refused(X('request.timeout.ms', 'soon'))).toMatch(
      /^-X: request.timeout.ms is no number of milliseconds/
    )
  })
})

test('a file in ISO 8859-1, as Java writes them', async () => {
  const latin = file('latin.properties', Buffer.from('client.id=\xe9', 'latin1'))
  expect((await readSettings({ 'command-config': latin }, {})).settings.clientId).toBe('é')
})

describe('servers', () => {
  test.each([
    ['a', 'a', 9092],
    [' a:1 ,', 'a', 1],
    ['SASL_SSL://a.b-c:9093', 'a.b-c', 9093],
    ['[::1]:9094', '::1', 9094],
    ['[fe80::1%eth0]', 'fe80::1%eth0', 9092],
    ['::1', '::1', 9092],
    ['2001:db8::5', '2001:db8::5', 9092],
    ['127.0.0.1:65535', '127.0.0.1', 65535]
  ])('%s', (text, host, port) => expect(parseServers(text)).toEqual([{ host, port }]))

  test.each(['', ',', 'a:', 'a:0', 'a:65536', 'a:b', 'a:1:2', '[::1', 'a b:1', 'http://a/b', '[x]:1'])(
    'refuses %p',
    (text) => expect(() => parseServers(text)).toThrow(UsageError)
  )
})
