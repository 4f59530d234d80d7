// Databases as endpoints of pipe: what holds of every endpoint, types, keys, refused rows, and kills on both sides.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { conformance } from '../../src/conformance/conformance.js'
import type { EndpointSink } from '../../src/endpoint-module.js'
import { bootstrap, createTopic } from '../support/broker.js'
import { CommitCutter } from '../support/commit-cutter.js'
import { type Database, kinds } from '../support/databases.js'
import { write } from '../support/client.js'
import { LongRun, until } from '../support/long-runs.js'
import { describeWith } from '../support/servers.js'
import { type Result, expectLines, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }
const pipe = (...args: string[]): Promise<Result> => sluice(['pipe', ...args], { env })
const COUNT = 6000
const lines = (records: readonly string[]): string => records.map((record) => `${record}\n`).join('')

for (const { name, package: needed, module, start, waiting } of kinds) {
  const describeKind = needed === null ? describe : describeWith(needed)
  const { endpoint } = await module()

  describeKind(name, () => {
    let database: Database
    let tables = 0
    const newTable = async (columns: string): Promise<string> => {
      const table = `t${++tables}`
      await database.ask(`CREATE TABLE ${table} (${columns})`)
      return table
    }
    beforeAll(async () => {
      database = await start()
    }, 120_000)
    afterAll(() => database.stop(), 120_000)

    interface Place {
      address: string
      table: string
      source: Record<string, string>
      sink: Record<string, string>
    }
    const tests = conformance<Place>({
      endpoint,
      delivery: { source: 'resumable', sink: 'transactional' },
      prepare: async () => {
        const table = await newTable('number INTEGER PRIMARY KEY')
        const source = { query: `SELECT number FROM ${table}`, column: 'number', poll: '20ms' }
        return { address: database.address, table, source, sink: { table, key: 'number' } }
      },
      fill: async ({ table }, messages) => {
        const rows = messages.map(({ value }) => `(${(JSON.parse(String(value)) as { number: number }).number})`)
        await database.ask(`INSERT INTO ${table} VALUES ${rows.join(', ')}`)
      },
      written: async ({ table }) => {
        const rows = await database.ask(`SELECT number FROM ${table} ORDER BY number`)
        return rows.map(([number]) => ({ value: Buffer.from(JSON.stringify({ number })) }))
      },
      ...(needed !== null && {
        peer: { stop: () => database.server!.kill(), start: () => database.server!.revive() }
      }),
      bad: { value: Buffer.from('{"number":"x"}') },
      volume: 4e6,
      wrong: {
        source: [
          { address: '', source: { table: 't' } },
          { address: '//host/database', source: { table: 't', query: 'SELECT 1' } },
          { address: '//host/database', source: {} },
          { address: '//host/database', source: { table: 't', poll: '1s' } }
        ],
        sink: [
          { address: '//host/database', sink: {} },
          { address: '//host/database', sink: { table: 't', key: 'a,' } }
        ]
      }
    })
    test.each(tests)('$name', ({ run }) => run())

    test('a topic into a table exactly once, through kill -9 at any instant', async () => {
      const [topic, folder] = [await createTopic(), new Workdir()]
      const values = Array.from({ length: COUNT }, (_, number) => `{"number":${number}}`)
      succeeded(await sluice(['produce', topic], { env, input: lines(values) }))
      // Nothing but the transaction keeps a row from being there twice.
      const table = await newTable('number INTEGER NOT NULL')
      const once = ['--delivery', 'exactly-once', '--checkpoint', folder.join('c'), '--checkpoint-interval', '20ms']
      const sink = `${database.url}?table=${table}`
      for (let kill = 0; kill < 2; kill++) {
        const killed = new LongRun(['pipe', `kafka:${topic}`, sink, ...once])
        await sleep(300 + Math.random() * 300)
        await killed.stop('SIGKILL')
        expect(killed.stderr).toBe('')
      }
      expect(await pipe(`kafka:${topic}?exit`, sink, ...once)).toEqual(silence)
      const numbers = await database.ask(`SELECT number FROM ${table} ORDER BY number`)
      expect(numbers.map(([number]) => number)).toEqual(values.map((_, number) => number))
    })

    const testWaiting = waiting === null ? null : test
    testWaiting?.(
      'a COMMIT that is still under way when the run that asked for it has died is waited for',
      async () => {
        const [topic, folder] = [await createTopic(), new Workdir()]
        const table = await newTable('number INTEGER NOT NULL')
        const once = ['--delivery', 'exactly-once', '--checkpoint', folder.join('c')]
        const run = [`kafka:${topic}?exit`, `${database.url}?table=${table}`, ...once]
        const of = `name LIKE '%${folder.join('c')}'`
        const checkpoint = async (): Promise<string> =>
          (await database.ask(`SELECT checkpoint FROM sluice_checkpoint WHERE ${of}`))[0]![0] as string
        const set = (text: string): string => `UPDATE sluice_checkpoint SET checkpoint = '${text}' WHERE ${of}`
        const after: string[] = []
        for (const number of [1, 2]) {
          await write(topic, [{ value: `{"number":${number}}` }])
          expect(await pipe(...run)).toEqual(silence)
          after.push(await checkpoint())
        }
        await database.ask(set(after[0]!))
        await database.ask(`DELETE FROM ${table} WHERE number = 2`)
        const commit = await database.begin(`INSERT INTO ${table} VALUES (2)`, set(after[1]!))
        const next = new LongRun(['pipe', ...run])
        await until(async () => Number((await database.ask(waiting!))[0]![0]) === 1)
        await commit()
        expect([await next.ended, next.stderr]).toEqual([0, ''])
        expect(await database.ask(`SELECT number FROM ${table} ORDER BY number`)).toEqual([[1], [2]])
      }
    )

    test('a table into a topic exactly once, through kill -9 at any instant', async () => {
      const [topic, folder] = [await createTopic(), new Workdir()]
      const table = await newTable('number INTEGER PRIMARY KEY')
      const rows = Array.from({ length: COUNT }, (_, number) => `(${number})`)
      await database.ask(`INSERT INTO ${table} VALUES ${rows.join(', ')}`)
      const once = ['--delivery', 'exactly-once', '--checkpoint', folder.join('c'), '--checkpoint-interval', '20ms']
      const run = [`${database.url}?table=${table}&column=number&key=number`, `kafka:${topic}?rate=8000/s`, ...once]
      const killed = new LongRun(['pipe', ...run])
      await sleep(400 + Math.random() * 300)
      await killed.stop('SIGKILL')
      expect(killed.stderr).toBe('')
      expect(await pipe(...run)).toEqual(silence)
      const copied = succeeded(await sluice(['consume', topic, '-e', '-f', '%k %s\\n'], { env })).stdout
      expect(copied).toBe(lines(rows.map((_, number) => `${number} {"number":${number}}`)))
    })

    test('a row replaces the one with its key, a tombstone removes it, and what is refused holds none up', async () => {
      const folder = new Workdir()
      const table = await newTable('id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL, price NUMERIC(30, 2)')
      folder.write('in', lines([
        '{"key":"7","value":"{\\"id\\":1,\\"name\\":\\"a\\",\\"price\\":1.25}"}',
        '{"key":"2","value":"{\\"name\\":\\"b\\"}"}',
        '{"key":"3","value":"{\\"id\\":3}"}',
        '{"key":"4","value":"{\\"id\\":\\"x\\",\\"name\\":\\"d\\"}"}',
        '{"key":"5","value":"{\\"id\\":5,\\"name\\":\\"e\\",\\"other\\":1}"}',
        '{"key":"1","value":"{\\"id\\":1,\\"name\\":\\"o\\u0027\\\\\\"k\\"}"}',
        '{"key":"2","value":null}',
        '{"key":"6","value":"{\\"name\\":\\"f\\"}"}'
      ])) // prettier-ignore
      const sink = `${database.url}?table=${table}&key=id`
      const run = await sluice(['pipe', 'in?format=envelope', sink, '--on-error', 'skip'], { env, cwd: folder.path })
      expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('sluice: 3 records skipped\n') })
      expect(run.stderr).toContain(`skipped: in:5: ${sink} refuses the record: the table has no column other\n`)
      const rows = await database.ask(`SELECT id, name FROM ${table} ORDER BY id`)
      expect(rows).toEqual([[1, "o'\"k"], [6, 'f']]) // prettier-ignore
      const read = await pipe(`${database.url}?table=${table}&column=id`, '-')
      const price = name === 'sqlite' ? 1.25 : '1.25'
      expect(read).toEqual({ ...silence, stdout: lines([`{"id":1,"name":"o'\\"k","price":${price}}`, '{"id":6,"name":"f","price":null}']) }) // prettier-ignore
    })

    test('all digits of a number, bytes and times come back as they were', async () => {
      const [bytes, time] = {
        postgres: ['BYTEA', 'TIMESTAMP'],
        mysql: ['BLOB', 'DATETIME(6)'],
        sqlite: ['BLOB', 'TEXT']
      }[name]
      const table = await newTable(`id BIGINT PRIMARY KEY, raw ${bytes}, at ${time}, text VARCHAR(9)`)
      const rows = [
        '{"id":-9007199254740993,"raw":"AP9BQg==","at":"2024-01-02T03:04:05.678901","text":"1e5"}',
        '{"id":9007199254740993,"raw":null,"at":null,"text":"æ\\n"}'
      ]
      const folder = new Workdir()
      folder.write('rows.jsonl', lines(rows))
      expect(await pipe(folder.join('rows.jsonl'), `${database.url}?table=${table}`)).toEqual(silence)
      for (const options of [`table=${table}&column=id`, `query=SELECT * FROM ${table} ORDER BY id`]) {
        expect(await pipe(`${database.url}?${options}`, '-')).toEqual({ ...silence, stdout: lines(rows) })
      }
      const lookup = `${database.url}?query=SELECT raw FROM ${table} WHERE id = {value}`
      const asked = await pipe(
        'elements:{"id":-9007199254740993}',
        '-',
        '--lookup',
        lookup.replace('{value}', '{value.id}'),
        '--lookup-timeout',
        '60s'
      )
      expect(asked).toEqual({ ...silence, stdout: '{"id":-9007199254740993,"lookup":{"raw":"AP9BQg=="}}\n' })
    })

    // SQLite has none.
    const testOfServer = needed === null ? () => undefined : test
    testOfServer('a transaction whose connection is lost at COMMIT is there wholly, or not at all', async () => {
      const table = await newTable('id INTEGER')
      const line = new CommitCutter(database.server!.port)
      const address = database.address.replace(`:${database.server!.port}`, `:${await line.listen()}`)
      const open = async (): Promise<EndpointSink> =>
        await endpoint.sink!.open({
          ...{ name, address, options: { table }, checkpoint: table },
          ...{ notice: () => undefined, signal: new AbortController().signal }
        })
      const write = (sink: EndpointSink, id: number): ReturnType<EndpointSink['write']> =>
        sink.write([{ key: null, value: Buffer.from(`{"id":${id}}`), headers: [], timestamp: null, ...{ topic: '', partition: -1, offset: null } }]) // prettier-ignore
      const ids = (): Promise<unknown[][]> => database.ask(`SELECT id FROM ${table} ORDER BY id`)
      const sink = await open()
      await write(sink, 1)
      line.cut = 'behind'
      await sink.transaction!.commit('first')
      expect([line.cut, await ids()]).toEqual([null, [[1]]])
      await write(sink, 2)
      line.cut = 'before'
      await expect(sink.transaction!.commit('second')).rejects.toThrow(/ amid a transaction$/)
      await sink.close()
      expect([line.cut, await ids()]).toEqual([null, [[1]]])
      const [again, other] = [await open(), await open()]
      for (const { transaction } of [again, other]) expect(await transaction!.restored()).toBe('first')
      await write(again, 2)
      await again.transaction!.commit('second')
      await again.close()
      await write(other, 2)
      await expect(other.transaction!.commit('third')).rejects.toThrow(/^another run has written the checkpoint /)
      await other.close()
      expect(await ids()).toEqual([[1], [2]])
      line.close()
    })

    testOfServer('over TLS, with a certificate that the server asks for, of an authority of its own', async () => {
      const { authority, identity, stranger, port } = database.server!.tls
      const table = await newTable('id INTEGER')
      if (name === 'postgres') {
        await database.ask('CREATE ROLE secured LOGIN SUPERUSER')
      } else {
        await database.ask('CREATE USER secured REQUIRE X509')
        await database.ask('GRANT ALL ON test.* TO secured')
      }
      const { mode, ca, cert, key, off, any, byAuthority } = {
        postgres: {
          ...{ mode: 'sslmode', ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' },
          ...{ off: 'disable', any: 'require', byAuthority: 'verify-ca' }
        },
        mysql: {
          ...{ mode: 'ssl-mode', ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' },
          ...{ off: 'DISABLED', any: 'REQUIRED', byAuthority: 'VERIFY_CA' }
        }
      }[name as 'postgres' | 'mysql']
      const uri = (options: string, host = 'localhost', user = 'secured'): string =>
        `${name}://${user}@${host}:${port}/${name === 'mysql' ? 'test' : 'postgres'}?table=${table}&${options}`
      const own = `${cert}=${identity}&${key}=${identity}`
      const cases: [uri: string, error: RegExp | null][] = [
        [uri(`${ca}=${authority}&${own}`), null],
        [uri(`${ca}=${authority}&${own}&${mode}=${byAuthority}`, '127.0.0.1'), null],
        [uri(`${own}&${mode}=${any}`), null],
        [uri(`${ca}=${authority}`), /certificate|Access denied/],
        [uri(`${ca}=${stranger}&${own}`), /certificate|self-signed/],
        [uri(own), /certificate|self-signed/],
        [uri(`${mode}=${off}`), /pg_hba.conf rejects|Access denied/],
        // The client of MySQL cannot compare an address.
        [uri(`${ca}=${authority}&${own}`, '127.0.0.1'), name === 'mysql' ? /compared with: write one/ : null],
        [uri(`${cert}=${identity}`), new RegExp(`${cert} and ${key} belong together`)]
      ]
      expectLines(
        await Promise.all(cases.map(([sink]) => pipe('elements:{"id":1}', sink))),
        cases.map(([, error]) => error)
      )
      const written = cases.filter(([, error]) => error === null).map(() => [1])
      expect(await database.ask(`SELECT id FROM ${table}`)).toEqual(written)
    })

    test('rows with the same value in the column are gone on from together', async () => {
      const table = await newTable('id INTEGER PRIMARY KEY, at INTEGER')
      const values = Array.from({ length: 1000 }, (_, id) => `(${id}, ${id < 100 ? 0 : Math.floor(id / 250)})`)
      await database.ask(`INSERT INTO ${table} VALUES ${values.join(', ')}`)
      const run = await pipe(`${database.url}?table=${table}&column=at`, '-')
      const ids = run.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { id: number }).id) // prettier-ignore
      expect(ids.sort((a, b) => a - b)).toEqual(values.map((_, id) => id))
    })

    test('what is wrong is said in a line', async () => {
      const table = await newTable('id INTEGER PRIMARY KEY')
      const failing = [
        await pipe(`${database.url}?table=none`, '-'),
        await pipe(`${database.url}?table=${table}&column=none`, '-'),
        await pipe('elements:{"id":1}', `${database.url}?table=none`),
        await pipe('elements:{"id":1}', `${database.url}?table=${table}&key=none`)
      ]
      for (const { code, stderr } of failing) {
        expect([code, stderr]).toEqual([1, expect.stringMatching(/^sluice: .*none[^\n]*\n$/)])
      }
    })
  })
}
