// --value-as avro, protobuf and json-schema against a real schema registry, both ways, in all that reads and writes
// topics; and docs/guides/schemas.md.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { write } from '../support/client.js'
import { Guide } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { SchemaRegistry } from '../support/registry.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

let registry: SchemaRegistry

beforeAll(async () => {
  registry = await SchemaRegistry.start()
}, 300_000)

afterAll(() => registry.stop())

const folder = new Workdir()
const env = (): NodeJS.ProcessEnv => ({ KAFKA_BOOTSTRAP_SERVERS: bootstrap, SCHEMA_REGISTRY_URL: registry.url })
const run = (args: string[], input = ''): Promise<Result> => sluice(args, { env: env(), cwd: folder.path, input })
const printed = async (args: string[], input = ''): Promise<string> => succeeded(await run(args, input)).stdout

const USER = {
  ...{ type: 'record', name: 'User', namespace: 'shop' },
  fields: [
    { name: 'id', type: 'int' },
    { name: 'name', type: ['null', 'string'], default: null }
  ]
}
const ORDER = {
  ...{ type: 'record', name: 'Order', namespace: 'shop' },
  fields: [
    { name: 'id', type: 'long' },
    { name: 'user', type: USER },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }
  ]
}
const orders = [
  '{"id":9007199254740993,"user":{"id":7,"name":"Ann"},"at":"2026-05-09T07:29:33.186Z"}',
  '{"id":2,"user":{"id":8,"name":null},"at":"2026-05-09T07:29:34.000Z"}'
]
folder.write('order.avsc', JSON.stringify(ORDER))
folder.write('orders.jsonl', orders.map((line) => `${line}\n`).join(''))

/** A topic with the orders in Avro. */
async function avroTopic(): Promise<string> {
  const topic = await createTopic()
  const flags = ['--format', 'jsonl', '--value-as', 'avro', '--schema', 'order.avsc']
  const { stderr } = succeeded(await run(['produce', topic, 'orders.jsonl', ...flags]))
  expect(stderr).toMatch(new RegExp(`^sluice: registered order.avsc under ${topic}-value \\(schema \\d+\\)\n$`))
  return topic
}

describe('avro', () => {
  let topic: string

  beforeAll(async () => {
    topic = await avroTopic()
  })

  test('is JSON in every format', async () => {
    const consume = (...args: string[]): Promise<string> =>
      printed(['consume', topic, '-e', '--value-as', 'avro', ...args])
    expect(await consume()).toBe(orders.map((line) => `${line}\n`).join(''))
    expect(await consume('--format', 'csv', '--fields', 'offset,value.user.name,value.id')).toBe(
      'offset,value.user.name,value.id\n0,Ann,9007199254740993\n1,,2\n'
    )
    expect(await consume('-f', '%o:%s;')).toBe(`0:${orders[0]};1:${orders[1]};`)
    expect(await consume('--format', 'jsonl', '--fields', 'value')).toBe(
      orders.map((line) => `{"value":${line}}\n`).join('')
    )
  })

  test('event times are in it', async () => {
    const flags = ['--value-as', 'avro', '--event-time', 'value.at', '--until', 'watermark:2026-05-09T07:29:33.500Z']
    expect(await printed(['consume', topic, ...flags])).toBe(`${orders[0]}\n`)
  })

  test('is the same bytes again from an envelope, by the latest schema of another topic', async () => {
    const copy = await createTopic()
    const envelope = await printed(['consume', topic, '-e', '--value-as', 'avro', '--format', 'envelope'])
    const flags = ['--format', 'envelope', '--value-as', 'avro', '--schema', `${topic}-value`]
    await printed(['produce', copy, ...flags], envelope)
    const bytes = (of: string): Promise<string> => printed(['consume', of, '-e', '--value-as', 'hex'])
    expect(await bytes(copy)).toBe(await bytes(topic))
  })

  test('the schema is registered once', async () => {
    const { stderr } = succeeded(await run(['produce', topic, '--value-as', 'avro', '--schema', 'order.avsc']))
    expect(stderr).toBe('')
    expect(await registry.ask('GET', `/subjects/${topic}-value/versions`)).toEqual([1])
  })

  test('what does not fit names line and field, and nothing of it is written', async () => {
    const produce = (input: string): Promise<Result> => run(['produce', topic, '--value-as', 'avro'], input)
    const misfit = await produce(`${orders[1]!}\n{"id":1,"user":{"id":"x"},"at":0}\n`)
    expect(misfit).toMatchObject({ code: 1 })
    expect(misfit.stderr).toMatch(
      /^sluice: standard input:2: value\.user\.id "x" is no int: see schema \d+ \(.*-value, version 1\); 1 record sent before it\n$/
    )
    expect((await produce('{"id"\n')).stderr).toContain('standard input:1: the value is not JSON: ')
  })

  test('through pipes: transcoded, and JSON where text is', async () => {
    const other = await createTopic()
    folder.write('any.json', '{"type":"object","properties":{"id":{"type":"integer"}}}')
    await printed(['pipe', `kafka:${topic}?value-as=avro&max=2`, `kafka:${other}?value-as=json-schema&schema=any.json`])
    expect(await printed(['consume', other, '-e', '--value-as', 'json-schema', '-n', '1'])).toBe(`${orders[0]}\n`)
    const jsonl = await printed(['pipe', `kafka:${topic}?value-as=avro&max=1`, '-?format=jsonl&fields=value'])
    expect(jsonl).toBe(`{"value":${orders[0]}}\n`)
  })
})

test('keys have schemas of their own, and decide the partition by their bytes', async () => {
  const topic = await createTopic({ partitions: 3 })
  await registry.register(`${topic}-key`, { schema: '"string"' })
  folder.write('n.avsc', '"long"')
  const flags = ['--key-as', 'avro', '--value-as', 'avro']
  await printed(['produce', topic, '-K', ':', '-Z', ...flags, '--schema', './n.avsc'], 'ann:1\nbob:2\nann:3\ncarl:\n')
  const lines = await printed(['consume', topic, '-e', ...flags, '-f', '%k %s %p\n'])
  const found = lines.trim().split('\n').map((line) => line.split(' ')) // prettier-ignore
  expect(found.map(([key, value]) => `${key} ${value}`).sort()).toEqual(['"ann" 1', '"ann" 3', '"bob" 2', '"carl" '])
  expect(new Set(found.filter(([key]) => key === '"ann"').map(([, , partition]) => partition)).size).toBe(1)
  const fixed = await printed(['consume', topic, '-e', ...flags, '--format', 'envelope'])
  expect(fixed).toContain('"key":"carl","value":null}')
})

describe('references', () => {
  test('of Avro', async () => {
    const topic = await createTopic()
    await registry.register(`${topic}-user`, { schema: JSON.stringify(USER) })
    const schema = JSON.stringify({ ...ORDER, fields: [{ name: 'user', type: 'User' }] })
    const references = [{ name: 'shop.User', subject: `${topic}-user`, version: 1 }]
    await registry.register(`${topic}-value`, { schema, references })
    const line = '{"user":{"id":7,"name":"Ann"}}\n'
    await printed(['produce', topic, '--value-as', 'avro'], line)
    expect(await printed(['consume', topic, '-e', '--value-as', 'avro'])).toBe(line)
  })

  test('of Protobuf, and a message that is not the first', async () => {
    const topic = await createTopic()
    const address = 'syntax = "proto3"; package shop; message Address { string city = 1; }'
    await registry.register(`${topic}.proto`, { schemaType: 'PROTOBUF', schema: address })
    const schema =
      `syntax = "proto3"; package shop; import "${topic}.proto"; import "google/protobuf/timestamp.proto"; ` +
      'message Note { string text = 1; } ' +
      'message Order { int64 id = 1; Address address = 2; google.protobuf.Timestamp at = 3; }'
    const references = [{ name: `${topic}.proto`, subject: `${topic}.proto`, version: 1 }]
    await registry.register(`${topic}-value`, { schemaType: 'PROTOBUF', schema, references })
    const line = '{"id":"9007199254740993","address":{"city":"Köln"},"at":"2026-05-09T07:29:33.186Z"}\n'
    await printed(['produce', topic, '--value-as', 'protobuf', '--schema', `${topic}-value:1#shop.Order`], line)
    expect(await printed(['consume', topic, '-e', '--value-as', 'protobuf'])).toBe(line)
  })
})

describe('records that cannot be decoded', () => {
  let topic: string
  let good: Buffer

  beforeAll(async () => {
    topic = await avroTopic()
    good = Buffer.from(await printed(['consume', topic, '-e', '-n', '1', '--value-as', 'hex']), 'hex')
    const unknown = Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 1]), good.subarray(5)])
    await write(
      topic,
      [{ value: 'text' }, { value: unknown }, { value: good.subarray(0, 9) }, { value: null }].map((each) => ({
        key: 'k',
        ...each
      }))
    )
  })

  const consume = (...args: string[]): Promise<Result> => run(['consume', topic, '-e', '--value-as', 'avro', ...args])

  test('end the run: not of a registry, of an unknown schema, cut off', async () => {
    const at = (offset: number): Promise<Result> => consume('--from', `0:${offset}`)
    const where = (offset: number): string => `sluice: ${topic} [0] at offset ${offset}: the value`
    const skip = 'skip such records with --on-error skip\n'
    const all = await consume()
    expect(all).toMatchObject({ code: 1, stdout: orders.map((line) => `${line}\n`).join('') })
    expect(all.stderr).toBe(
      `${where(2)} is not in the wire format of a schema registry (it begins with 0x74 instead of 0x00): ${skip}`
    )
    expect((await at(3)).stderr).toBe(
      `${where(3)} has schema 2130706433, which the schema registry ${registry.url} does not have: ${skip}`
    )
    expect((await at(4)).stderr).toMatch(
      / at offset 4: the value does not fit schema \d+: truncated buffer: skip such records with --on-error skip\n$/
    )
  })

  test('are left out, or kept as they were', async () => {
    const { stdout, stderr } = succeeded(
      await consume('--on-error', 'skip', '--format', 'jsonl', '--fields', 'offset,value.id')
    )
    expect(stdout.split('\n').map((line) => line.slice(0, 11))).toEqual([
      '{"offset":0',
      '{"offset":1',
      '{"offset":5',
      ''
    ])
    expect(stderr).toContain('3 records skipped')
    succeeded(await consume('--on-error', 'dead-letter:bad.jsonl'))
    const letters = folder.read('bad.jsonl').trim().split('\n').map((line) => JSON.parse(line) as { offset: number; value?: string }) // prettier-ignore
    expect(letters.map(({ offset, value }) => [offset, value])).toEqual([
      [2, 'text'],
      [3, undefined],
      [4, undefined]
    ])
  })

  test('a group goes on where its last record was written out', async () => {
    expect(await consume('-g', `${topic}-group`, '--assign', '--from', 'earliest')).toMatchObject({ code: 1 })
    const listed = await run(['offsets', 'list', `${topic}-group`, '--json'])
    expect(JSON.parse(listed.stdout)).toMatchObject([{ committed: 2 }])
  })
})

test('a schema that is incompatible is refused', async () => {
  const topic = await avroTopic()
  await registry.ask('PUT', `/config/${topic}-value`, { compatibility: 'BACKWARD' })
  folder.write('other.avsc', JSON.stringify({ ...ORDER, fields: [{ name: 'id', type: 'string' }] }))
  const { code, stderr } = await run(['produce', topic, '--value-as', 'avro', '--schema', 'other.avsc'])
  const own = await run([
    'produce',
    topic,
    '--value-as',
    'avro',
    '--schema',
    'other.avsc',
    '-X',
    'auto.register.schemas=false'
  ])
  expect(own.stderr).toContain(`other.avsc is not registered under ${topic}-value, and auto.register.schemas is false`)
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`incompatible with what ${topic}-value has`)
  })
})

describeGuide(new Guide('schemas'), env)
