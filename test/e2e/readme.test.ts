// The README's one-liners do what they look like: each is run as it stands, in order, in a folder with an orders.csv. The
// cluster is a secured sandbox, and all that says so is a profile: what works in the clear is tested everywhere else.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cacheFolder } from '../../src/cli/sandbox.js'
import { kafkaTool } from '../support/broker.js'
import { Guide } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { type Result, bash, root, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const [, block] = /<!-- one-liners[^>]*-->\n```sh\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))!
const lines = block!.trimEnd().split('\n')

const workdir = new Workdir()
const home = workdir.join('home')
/** Where a sandbox on the usual port has its data; this one has another port. */
const data = join(home, '.local/state/sluice/sandbox/9092')
const properties = join(data, 'client.properties')
const env = { HOME: home, SLUICE_CONFIG: workdir.join('config.toml'), SLUICE_PROFILE: 'secured' }

const sandbox = (command: string, ...args: string[]): Promise<Result> =>
  sluice(['sandbox', command, '--data', data, ...args], {
    // The second compiler, good for many bytes, would cost more than all lines.
    env: { SLUICE_CACHE: cacheFolder(process.env), JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' },
    within: 120_000
  })
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
const orders = Array.from({ length: 40 }, (_, i) => {
  return { id: `o${i}`, user: `user-${i % 7}`, amount: `${(i * 37) % 200}.50`, time: minutesAgo(i) }
})
const large = orders.filter(({ amount }) => Number(amount) > 90).map(({ id }) => id)

beforeAll(async () => {
  const rows = orders.map(({ id, user, amount, time }) => `${id},${user},${amount},${time}\n`)
  workdir.write('orders.csv', `id,user,amount,time\n${rows.join('')}`)
  workdir.write('config.toml', `[profile.secured]\ncommand-config = "${properties}"\n`)
  const { stdout, stderr } = succeeded(await sandbox('start', '--secure', '--port', '0'))
  expect(stdout).toMatch(/^127\.0\.0\.1:\d+\n$/)
  expect(stderr).toContain(`\nsluice: its clients need -F '${properties}'\n`)
}, 150_000)

afterAll(() => sandbox('stop', '--delete'), 60_000)

/** What each line prints or leaves behind. */
const outcomes: ((stdout: string) => void)[] = [
  expectNothing,
  (stdout) => expect(stdout).toBe('1000\n'),
  expectNothing,
  () => {
    const [header, ...rows] = workdir.read('amounts.csv').trimEnd().split('\n')
    expect(header).toBe('key,value.id,value.amount')
    expect(rows.sort()).toEqual(orders.map(({ id, user, amount }) => `${user},${id},${amount}`).sort())
  },
  (stdout) => expect(stdout.trimEnd().split('\n').sort()).toEqual(large.sort()),
  (stdout) => {
    const line = /^orders \[[0-3]\] \d+ \d{13} user-\d: \{"id":"o\d+",.*\}$/
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .filter((text) => line.test(text))
    ).toHaveLength(orders.length)
  },
  (stdout) => expect(ids(stdout)).toEqual(orders.filter(({ user }) => user === 'user-3').map(({ id }) => id)),
  (stdout) => expect(ids(stdout).sort()).toEqual(orders.filter(({ amount }) => /^1\d\d/.test(amount)).map(({ id }) => id).sort()), // prettier-ignore
  (stdout) => {
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { topic: string; partition: number })
    expect(records.every(({ topic }) => topic === 'orders')).toBe(true)
    for (const partition of [0, 1, 2, 3]) {
      expect(records.filter((record) => record.partition === partition).length).toBeLessThanOrEqual(2)
    }
  },
  () => expect(workdir.readBytes('backup.jsonl.zst').readUInt32LE(0)).toBe(0xfd2fb528),
  expectNothing,
  expectNothing,
  (stdout) =>
    expect(stdout).toMatch(/^orders \[\d\] offset 0 timestamp \d{13} key 6 value \d+\nkey {3}00000000 {2}75 73 65 72/),
  () => {
    const hundreds = workdir.read('hundreds.txt').trimEnd().split('\n')
    expect(hundreds.map((line) => line.split(' ').length)).toEqual(Array<number>(10).fill(100))
  },
  expectNothing,
  () => {
    const [header, ...rows] = gunzipSync(workdir.readBytes('orders.csv.gz')).toString().trimEnd().split('\n')
    expect(header!.trim()).toBe('key,partition,offset')
    // With the tombstone.
    expect(rows).toHaveLength(orders.length + 1)
  },
  () => expect(workdir.read('orders.log').split('\n')).toHaveLength(orders.length + 2),
  () => expect(workdir.read('once.positions')).toContain('"pending": null'),
  expectNothing,
  () => {
    const lines = ['1', '2'].flatMap((part) => workdir.read(`orders.parts/${part}`).split('\n').slice(0, -1))
    expect(lines).toHaveLength(orders.length + 1)
  },
  (stdout) => expect(stdout).toBe(orders.map(({ id }) => `${id};`).join('')),
  () => {
    // The tombstone goes through as it is.
    const values = workdir.read('taxed.jsonl').split('\n').filter((line) => line !== '') // prettier-ignore
    expect(values).toHaveLength(orders.length)
    for (const value of values) {
      const { amount, lookup } = JSON.parse(value) as { amount: string; lookup: number }
      expect(lookup).toBeCloseTo(Number(amount) * 0.19)
    }
  },
  // Beside it, orders.csv.gz.
  () => expect(workdir.read('seen.txt')).toContain(workdir.read('orders.csv')),
  (stdout) => {
    expect(stdout).toBe('{"id":1}\n')
    expect(JSON.parse(workdir.read('bad.jsonl'))).toMatchObject({ value: '{"id":' })
  },
  () => expect(JSON.parse(workdir.read('summary.json'))).toMatchObject({ records: orders.length + 1, lag: 0 }),
  () => expect(workdir.read('first-thirty.txt').split('\n')).toHaveLength(31),
  () => expect(sorted('orders.txt')).toEqual(sorted('orders.log')),
  (stdout) => expect(column(stdout, 'TO')).toEqual([0, 0, 0, 0]),
  (stdout) => expect(sum(column(stdout, 'TO'))).toBe(orders.length + 1),
  (stdout) => expect(Math.min(...column(stdout, 'RECORDS'))).toBe(-5),
  (stdout) => {
    expect(Math.max(...column(stdout, 'LAG'))).toBe(5)
    expect(sum(column(stdout, 'END'))).toBe(orders.length + 1)
  },
  () => expect(workdir.read('offsets.csv')).toMatch(/^(orders,[0-3],\d+\n){4}$/),
  (stdout) => expect(stdout).toMatch(/^GROUP .*\n(audit +orders +[0-3] +- +\d+ +-\n){4}$/),
  (stdout) => {
    const lags = column(stdout, 'LAG')
    expect(Math.max(...lags)).toBe(5)
    expect(column(stdout, 'SECONDS').map((seconds) => seconds > 0)).toEqual(lags.map((lag) => lag > 0))
  },
  expectNothing,
  (stdout) => {
    expect(stdout).toMatch(/billing +orders +\d+\n/)
    expect(workdir.read('lag.html')).toContain('"group":"billing"')
  },
  (stdout) => expect(stdout.split('\n')[1]).toBe('billing,orders,,,,,0,,'),
  (stdout) => expect(stdout).toMatch(/^ok: broker 1: /m)
]

/** The ids of orders, a JSON object a line. */
function ids(lines: string): string[] {
  return lines.trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: string }).id) // prettier-ignore
}

/** The lines of a file: partitions take turns as they come. */
function sorted(name: string): string[] {
  return workdir.read(name).split('\n').sort()
}

/** The numbers below a heading of a table. */
function column(table: string, name: string): number[] {
  const [head, ...rows] = table.trimEnd().split('\n')
  const place = head!.split(/ +/).indexOf(name)
  return rows.map((row) => Number(row.split(/ +/)[place]))
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** What may be said on stderr: that a plan is only a plan, and that a group is a new one. */
const expected = /^sluice: (nothing is changed: add --execute|group "\w+" does not exist yet:) .*\n/gm

function expectNothing(stdout: string): void {
  expect(stdout).toBe('')
}

test('each one-liner has an outcome here', () => {
  expect(outcomes).toHaveLength(lines.length)
})

lines.forEach((line, i) => {
  const missing = ['jq', 'zstd'].filter(
    (program) => line.includes(`${program} -`) && spawnSync(program, ['--version']).error
  )
  const run = missing.length > 0 ? test.skip : test
  run(`${line}`, async () => {
    const result = await bash(line, { cwd: workdir.path, env })
    expect(succeeded(result).stderr.replace(expected, '')).toBe('')
    outcomes[i]!(result.stdout)
  })
})

test.each(['orders-copy', 'orders-mirror'])('%s is the topic, partition by partition', async (copy) => {
  // But for the tombstone, which one of the lines adds in between.
  const script = "sluice consume $0 -e -f '%p %T %k %S %s\\n' | sort"
  const contents = async (topic: string): Promise<string[]> => {
    const run = await bash(script.replace('$0', topic), { env })
    return succeeded(run)
      .stdout.split('\n')
      .filter((line) => !line.includes(' -1 '))
  }
  const copied = await contents(copy)
  expect(copied).toHaveLength(orders.length + 1)
  expect(copied).toEqual(await contents('orders'))
})

describeGuide(new Guide('secured-cluster'), () => ({ HOME: home }))

describe('a secured sandbox', () => {
  test('has a file that is only for its owner, and that status names', async () => {
    expect(statSync(properties).mode & 0o777).toBe(0o600)
    const { stdout } = succeeded(await sandbox('status', '--json'))
    expect(JSON.parse(stdout)).toMatchObject({ running: true, clientProperties: properties })
  })

  test("lets Kafka's own clients in with it", async () => {
    const server = /^bootstrap\.servers=(.*)$/m.exec(readFileSync(properties, 'utf8'))![1]!
    const args = [
      '--bootstrap-server',
      server,
      '--topic',
      'numbers',
      '--time',
      'latest',
      '--command-config',
      properties
    ]
    const { stdout } = succeeded(await kafkaTool('org.apache.kafka.tools.GetOffsetShell', args))
    const ends = [...stdout.matchAll(/^numbers:\d:(\d+)$/gm)].map(([, end]) => Number(end))
    expect(ends).toHaveLength(4)
    // By a transaction, too, with its markers.
    expect(sum(ends)).toBeGreaterThanOrEqual(2000)
  })

  test('that is stopped is secured again when it starts, with its records and the same password', async () => {
    const before = readFileSync(properties, 'utf8')
    succeeded(await sandbox('stop'))
    const port = /:(\d+)\n/.exec(before)![1]!
    succeeded(await sandbox('start', '--port', port))
    expect(readFileSync(properties, 'utf8')).toBe(before)
    const { stdout } = succeeded(await bash('sluice consume numbers -e | sort -nu | tail -1', { env }))
    expect(stdout).toBe('1000\n')
  }, 150_000)
})
