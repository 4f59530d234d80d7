// What others may have put into a topic, a group or an answer: it takes no more memory than there is for it, comes out as
// it is, and a terminal never obeys it.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Wire } from '../../src/kafka/wire.js'
import { FIELD, seal } from '../../src/records/batch-header.js'
import { type Codec, CODECS, compress } from '../../src/records/compression.js'
import { writeVarint } from '../../src/records/varint.js'
import { append } from '../support/batches.js'
import { bootstrap, createTopic, kcat, testWithKcat, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import { joinGroup } from '../support/groups.js'
import { bin, environment, finished, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'
import { type Given } from '../unit/formats/records.js'
import { batchOf } from '../unit/records/batches.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const folder = new Workdir()
let wire: Wire

beforeAll(async () => {
  const [host, port] = bootstrap.split(':') as [string, string]
  wire = await Wire.open({
    ...{ bootstrapServers: [{ host, port: Number(port) }], clientId: 'hostile', tls: null, sasl: null },
    ...{ connectTimeout: 30_000, requestTimeout: 60_000 }
  })
})

afterAll(() => wire.close())

/** Says on stderr, last, how many MB the process had at most. */
const saysMemory = {
  NODE_OPTIONS: `--import=data:text/javascript,process.on('exit',()=>process.getBuiltinModule('fs').writeSync(2,'MB:'+(process.resourceUsage().maxRSS>>10)))`
}

/** A batch of one record with a value of so many zeros. */
function bomb(codec: Codec, size: number): Buffer {
  const [before, after] = [Buffer.alloc(20), Buffer.from([0])]
  // Attributes, timestamp, offset; no key; the value's length.
  let at = 3
  at = writeVarint(before, at, -1)
  at = writeVarint(before, at, size)
  const length = Buffer.alloc(5)
  const lengthSize = writeVarint(length, 0, at + size + 1)
  const record = Buffer.concat([length.subarray(0, lengthSize), before.subarray(0, at), Buffer.alloc(size), after])
  const batch = Buffer.concat([batchOf([{ value: 'x' }]).subarray(0, FIELD.records), compress(codec, 1, record)])
  batch.writeInt32BE(batch.length - FIELD.leaderEpoch, FIELD.length)
  batch.writeInt16BE(CODECS.indexOf(codec), FIELD.attributes)
  seal(batch, 0)
  return batch
}

describe('records', () => {
  const large = { 'max.message.bytes': '100000000' }

  test('a small batch that would become huge is not opened, and says where it is', async () => {
    const topic = await createTopic({ config: large })
    await append(wire, topic, 0, batchOf([{ value: 'before' }]))
    await append(wire, topic, 0, bomb('zstd', 300 << 20))
    await append(wire, topic, 0, batchOf([{ value: 'after' }]))
    const { code, stdout, stderr } = await sluice(['consume', topic, '-e'], { env: { ...env, ...saysMemory } })
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'before\n' })
    const [, memory] = /MB:(\d+)$/.exec(stderr)!
    expect(stderr).toBe(
      `sluice: topic "${topic}" partition 0 offset 1: the record batch is not opened (zstd data is more than 268435456 ` +
        `bytes when decompressed): read on from a later offset\nMB:${memory}`
    )
    expect(Number(memory)).toBeLessThan(700)
    expect(succeeded(await sluice(['consume', topic, '-e', '--from', '2'], { env })).stdout).toBe('after\n')
  })

  testWithKcat('a million headers, a key of 10 MB and a value of 50 MB come out as they went in', async () => {
    const topic = await createTopic({ config: large })
    const part = (size: number): string => 'abcdefgh'.repeat(size / 8)
    const lines = [
      `{"headers":[${'["h","1"],'.repeat(999_999)}["h","1"]],"key":null,"value":"v"}`,
      `{"headers":[],"key":"${part(10e6)}","value":null}`,
      `{"headers":[],"key":null,"value":"${part(50e6)}"}`
    ]
    const input = lines.map((line) => `${line}\n`).join('')
    succeeded(await sluice(['produce', topic, '--format', 'envelope'], { env, input }))
    const { stdout } = succeeded(await sluice(['consume', topic, '-e', '--format', 'envelope'], { env }))
    const again = stdout.replace(/^\{"topic":"[^"]+","partition":0,"offset":\d,"timestamp":\d+,/gm, '{')
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
    expect(hash(again)).toBe(hash(input))
    const much = ['-X', 'receive.message.max.bytes=400000000']
    const seen = await kcat(['-C', '-t', topic, '-e', '-q', '-f', '%o %K %S\n', ...much])
    expect(succeeded(seen).stdout).toBe('0 -1 1\n1 10000000 -1\n2 -1 50000000\n')
  })

  test('deep nesting and endless digits are JSON like any other; bytes that are no text come back', async () => {
    const [topic, copied] = [await createTopic(), await createTopic()]
    const [deep, digits] = ['['.repeat(100_000) + ']'.repeat(100_000), '7'.repeat(500_000)]
    const no = Buffer.from('c328fffe80', 'hex')
    const given: Given[] = [
      { value: `{"a":${deep},"t":1}` },
      { value: `{"a":1,"t":${digits}}` },
      { key: no, value: no, headers: [[no, no]] }
    ]
    for (const each of given) await append(wire, topic, 0, batchOf([each]))
    const args = ['consume', topic, '-e', '--max', '2']
    const fields = succeeded(await sluice([...args, '--format', 'jsonl', '--fields', 'value.a,value.t'], { env }))
    expect(fields.stdout).toBe(`{"value.a":${deep},"value.t":1}\n{"value.a":1,"value.t":${digits}}\n`)
    const timed = await sluice([...args, '--event-time', 'value.t', '--until', 'watermark:5'], { env })
    expect(timed.code).toBe(2)
    const asEnvelope = async (from: string): Promise<string> => {
      const { stdout } = succeeded(await sluice(['consume', from, '-e', '--format', 'envelope'], { env }))
      return stdout.replaceAll(from, '')
    }
    const input = await asEnvelope(topic)
    expect(input).toContain(`"headers":[[{"base64":"wyj//oA="},{"base64":"wyj//oA="}]],"key_base64":"wyj//oA="`)
    succeeded(await sluice(['produce', copied, '--format', 'envelope'], { env, input }))
    expect(await asEnvelope(copied)).toBe(input)
  })
})

describe('names and answers', () => {
  const evil = '\u001b]0;mine\u0007\u001b[2J\u009b1A\n\u202eend'
  const group = `${uniqueName('group')}${evil}`
  const registry = createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error_code: 40301, message: `denied${evil}` }))
  })
  let topic: string
  let member: { leave(): Promise<void> }

  beforeAll(async () => {
    topic = await createTopic()
    await write(topic, [{ value: Buffer.from([0, 0, 0, 0, 7, 1]) }, { value: 'x' }])
    registry.listen(0, '127.0.0.1')
    member = await joinGroup(group, topic, `client${evil}`)
  })

  afterAll(async () => {
    await member.leave()
    registry.close()
  })

  const withTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip
  withTerminal('are shown on a terminal, and never obeyed', async () => {
    const { port } = registry.address() as { port: number }
    const file = folder.write(`offsets${evil}.csv`, 'nothing\n')
    const runs = [
      ['lag', group, '--by', 'partition'],
      ['lag', group, '--json'],
      ['lag', group, '--format', 'csv'],
      ['lag', group, '--watch', '100ms', '--timeout', '1s'],
      ['offsets', 'list', group],
      ['offsets', 'reset', group, '--topic', topic, '--to', 'earliest'],
      ['offsets', 'import', file],
      ['consume', `no-topic${evil}`, '-e'],
      ['lag', `no-group${evil}`],
      ['consume', topic, '-e', '--value-as', 'avro', '--schema-registry', `http://127.0.0.1:${port}`]
    ]
    const shown = await Promise.all(
      runs.map(async (args) => {
        // The arguments in variables: what quotes them for a shell cannot be wrong.
        const values = Object.fromEntries(args.map((value, i) => [`ARGUMENT_${i}`, value]))
        const command = `stty cols 400 rows 50; "${process.execPath}" "${bin}" ${args.map((_, i) => `"$ARGUMENT_${i}"`).join(' ')}`
        const terminal = spawn('script', ['-qec', command, '/dev/null'], {
          env: environment({ ...env, ...values, TERM: 'xterm' })
        })
        return (await finished(terminal)).stdout
      })
    )
    // What is ours: a bold head, and a table drawn again.
    // eslint-disable-next-line no-control-regex
    const own = /\u001b\[(?:1m|22m|\d+A|J)|\r/g
    // eslint-disable-next-line no-control-regex
    const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/
    for (const [i, text] of shown.entries()) {
      expect([runs[i], text.replace(own, '')]).not.toEqual([runs[i], expect.stringMatching(obeyed)])
      expect(text).toMatch(/\\x1b\]0;mine\\x07\\x1b\[2J|\\u001b\]0;mine/)
    }
  })

  test('are data where they are read by programs', async () => {
    const { stdout } = succeeded(await sluice(['lag', group, '--json'], { env }))
    expect((JSON.parse(stdout) as { group: string }[])[0]!.group).toBe(group)
    expect(succeeded(await sluice(['lag', group, '--format', 'csv'], { env })).stdout).toContain(evil)
  })
})
