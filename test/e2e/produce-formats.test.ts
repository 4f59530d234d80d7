// What input means: csv, tsv, jsonl, envelope, length-prefixed and whole files as records.
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { readAll } from '../support/client.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

function produce(topic: string, args: string[], input: string | Buffer = '', cwd?: string): Promise<Result> {
  return sluice(['produce', topic, ...args], { env, input, ...(cwd !== undefined && { cwd }) })
}

interface Written {
  key: string | null
  value: string | null
  timestamp?: number
}

/** What a fresh topic holds after this input: timestamps only where they are old. */
async function written(args: string[], input: string | Buffer = '', cwd?: string): Promise<Written[]> {
  const topic = await createTopic()
  expect(succeeded(await produce(topic, args, input, cwd)).stderr).toBe('')
  return (await readAll(topic)).map(({ key, value, timestamp }) => ({
    ...{ key, value },
    ...(Number(timestamp) < 1e12 && { timestamp: Number(timestamp) })
  }))
}

describe('csv', () => {
  const table =
    'id,name,at\n1,"Lee, Ann",1970-01-01T00:00:05Z\n2,"say ""hi""\non two lines",6000\n\n3,,1970-01-01T01:00:07+01:00\n'

  test('rows are JSON objects under the names of the header line', async () => {
    expect(await written(['--format', 'csv'], table)).toEqual([
      { key: null, value: '{"id":"1","name":"Lee, Ann","at":"1970-01-01T00:00:05Z"}' },
      { key: null, value: '{"id":"2","name":"say \\"hi\\"\\non two lines","at":"6000"}' },
      { key: null, value: '{"id":"3","name":"","at":"1970-01-01T01:00:07+01:00"}' }
    ])
  })

  test('columns are chosen for key, value and timestamp', async () => {
    const fields = ['--key-field', 'id', '--value-field', 'name', '--timestamp-field', 'at']
    const rows = [
      { key: '1', value: 'Lee, Ann', timestamp: 5000 },
      { key: '2', value: 'say "hi"\non two lines', timestamp: 6000 }
    ]
    expect(await written(['--format', 'csv', ...fields], table)).toEqual([
      ...rows,
      { key: '3', value: '', timestamp: 7000 }
    ])
    expect(await written(['--format', 'csv', ...fields, '-Z'], table)).toEqual([
      ...rows,
      { key: '3', value: null, timestamp: 7000 }
    ])
  })

  test('--columns names them where there is no header line; tsv is the same with tabs', async () => {
    const args = ['--format', 'tsv', '--columns', 'id,name', '--key-field', 'id']
    expect(await written(args, 'a\tb,c\r\n"d\te"\tf\r\n')).toEqual([
      { key: 'a', value: '{"id":"a","name":"b,c"}' },
      { key: 'd\te', value: '{"id":"d\\te","name":"f"}' }
    ])
  })

  test.each([
    [['--key-field', 'ID2'], 'a,b\n1,2\n', /^sluice: standard input:1: there is no column 'ID2' for --key-field/],
    [[], 'a,b\n1,2\n1,2,3\n', /^sluice: standard input:3: the row has 3 cells, but there are 2 columns.*1 record sent/],
    [[], 'a,b\n1,2\n"1,2\n', /^sluice: standard input:3: /],
    [['--timestamp-field', 'a'], 'a,b\n1,2\nlast year,2\n', /^sluice: standard input:3: "last year" is no timestamp/]
  ])('%p of %p is an error that names the line', async (args, input, line) => {
    const topic = await createTopic()
    const { code, stderr } = await produce(topic, ['--format', 'csv', ...args], input)
    expect(code).toBe(1)
    expect(stderr).toMatch(line)
    expect(stderr.split('\n')).toHaveLength(2)
  })
})

describe('jsonl', () => {
  test('lines stay as they are, byte by byte', async () => {
    const lines = ['{ "a" : 1.0e3 , "a":2}', '"text"', 'null', '[1, 2]', '12345678901234567890']
    expect((await written(['--format', 'jsonl'], lines.join('\n'))).map(({ value }) => value)).toEqual(lines)
  })

  test('fields of them are chosen for key, value and timestamp', async () => {
    const fields = ['--key-field', 'user.id', '--value-field', 'payload', '--timestamp-field', 'at']
    const input = [
      '{"user":{"id":7},"payload":{"x":[1]},"at":5000}',
      '{"user":{"id":"u\\u00e9"},"payload":"text","at":"1970-01-01T00:00:06Z"}'
    ]
    expect(await written(['--format', 'jsonl', ...fields], input.join('\n'))).toEqual([
      { key: '7', value: '{"x":[1]}', timestamp: 5000 },
      { key: 'ué', value: 'text', timestamp: 6000 }
    ])
  })
})

test('envelope takes what consume and kcat -J print, and no less than JSON', async () => {
  const lines = [
    '{"topic":"other","partition":3,"offset":9,"timestamp":5000,"headers":[],"key":"k","value":"v"}',
    '{"topic":"other","partition":0,"offset":1,"tstype":"create","ts":6000,"broker":1,"headers":["a","1"],"key":null,"payload":"p"}',
    '{"value_base64":"AP8=","timestamp":7000}',
    '{"key":{"a":1},"value":null,"timestamp":8000}'
  ]
  expect(await written(['--format', 'envelope'], lines.join('\n'))).toEqual([
    { key: 'k', value: 'v', timestamp: 5000 },
    { key: null, value: 'p', timestamp: 6000 },
    { key: null, value: '\0\ufffd', timestamp: 7000 },
    { key: '{"a":1}', value: null, timestamp: 8000 }
  ])
  const bad = await produce(await createTopic(), ['--format', 'envelope'], '{"value":"v"}\n["v"]\n')
  expect(bad).toMatchObject({ code: 1, stdout: '' })
  expect(bad.stderr).toMatch(/^sluice: standard input:2: the line is no JSON object: .*; 1 record sent before it\n$/)
})

test('length-prefixed values may hold anything, and one that is cut off is an error', async () => {
  const value = (text: string): Buffer => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(Buffer.byteLength(text))
    return Buffer.concat([length, Buffer.from(text)])
  }
  const input = Buffer.concat([
    value('two\nlines\0'),
    value(''),
    Buffer.from('ffffffff', 'hex'),
    value('x'.repeat(500_000))
  ])
  const values = (await written(['--format', 'length-prefixed'], input)).map(({ value }) => value)
  expect(values).toEqual(['two\nlines\0', '', null, 'x'.repeat(500_000)])
  const cut = await produce(await createTopic(), ['--format', 'length-prefixed'], input.subarray(0, 20))
  expect(cut).toMatchObject({ code: 1, stdout: '' })
  expect(cut.stderr).toMatch(
    /^sluice: standard input:3: the input ends within its length, in record 3: .*; 2 records sent/
  )
})

test('a file is a record, byte by byte', async () => {
  const workdir = new Workdir()
  const files = { 'a.txt': 'two\nlines\n', empty: '', large: 'z'.repeat(900_000) }
  for (const [name, content] of Object.entries(files)) workdir.write(name, content)
  const values = (await written(['--format', 'file', '-k', 'file', 'a.txt', 'empty', 'large'], '', workdir.path)).map(
    ({ key, value }) => [key, value]
  )
  expect(values).toEqual(Object.values(files).map((content) => ['file', content]))
})
