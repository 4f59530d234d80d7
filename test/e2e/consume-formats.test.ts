// What records look like: every format of consume, and that envelope and csv come back as they went.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, kcat, testWithKcat } from '../support/broker.js'
import { type Message, write } from '../support/client.js'
import { bash, sluice, succeeded } from '../support/sluice.js'
import { aheadAtMost } from '../support/versions.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

/** 1 March 2024, 12:00 UTC. */
const NOON = 1_709_294_400_000

async function outputOf(topic: string, ...args: string[]): Promise<string> {
  return succeeded(await sluice(['consume', topic, '-e', ...args], { env })).stdout
}

/** As `consume --format envelope` prints it. */
interface Envelope {
  topic: string
  partition: number
  offset: number
  /** As text, since it may be beyond 2^53. */
  timestamp: string
  headers: unknown[]
  key?: string | null
  key_base64?: string
  value?: string | null
  value_base64?: string
}

function envelopes(text: string): Envelope[] {
  const lines = text.trim().split('\n')
  return lines.map((line) => {
    const { topic, partition, offset, timestamp, headers, ...rest } = JSON.parse(
      line.replace(/"timestamp":(\d+)/, '"timestamp":"$1"')
    ) as Envelope
    return { topic, partition, offset, timestamp, headers, ...rest }
  })
}

/** By partition, in the order of each, without where they are. */
function contents(text: string): Record<number, unknown[]> {
  const list = envelopes(text).map(({ topic: _topic, offset: _offset, ...record }) => record)
  return Object.groupBy(list, ({ partition }) => partition) as Record<number, unknown[]>
}

/** The same numbers in every run (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('envelope', () => {
  const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

  /** Everything that is easily lost, and some noise. */
  function oddRecords(): string[] {
    const base = (bytes: Buffer): string => bytes.toString('base64')
    const parts: Partial<Omit<Envelope, 'timestamp'> & { timestamp: number }>[] = [
      { key: null, value: 'null key' },
      { key: '', value: 'empty key' },
      { key: 'tombstone', value: null },
      { key: null, value: null },
      { key: 'empty value', value: '' },
      { key: 'null', value: 'null' },
      { key_base64: base(allBytes), value_base64: base(allBytes) },
      { key: 'a\tb\nc"d\\e\u0000\u007f\u2028', value: 'ä € 😀 \u{10ffff}' },
      { key_base64: '/w==', value_base64: '7aCA' },
      { key: 'long', value: 'x'.repeat(200_000) },
      {
        headers: [
          ['a', '1'],
          ['a', '2'],
          ['b', ''],
          ['n', null],
          ['', 'no name'],
          ['a', '1']
        ]
      },
      {
        headers: [
          ['bytes', { base64: base(allBytes) }],
          ['ä', 'ö\n']
        ]
      },
      { timestamp: 0 },
      { timestamp: 1 },
      { timestamp: NOON + 86_400_000 * 3650 }
    ]
    const next = random(7)
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(Array.from({ length: Math.floor(next() * 200) }, () => Math.floor(next() * 256)))
      parts.push(next() < 0.5 ? { key: `k${i % 17}`, value: bytes.toString('latin1') } : { value_base64: base(bytes) })
    }
    return parts.map((part, i) => {
      const defaults = { topic: 'from', partition: i % 4, offset: i, timestamp: NOON + i, headers: [] }
      const key = 'key_base64' in part ? {} : { key: null }
      const value = 'value_base64' in part ? {} : { value: null }
      return JSON.stringify({ ...defaults, ...key, ...value, ...part }).replace(/$/, '\n')
    })
  }

  const records = [
    ...oddRecords(),
    // More digits than a double has.
    `{"topic":"from","partition":1,"offset":0,"timestamp":9223372036854775806,"headers":[],"key":null,"value":"late"}\n`
  ].join('')
  /** What is not UTF-8 comes as base64, also where the random bytes happened to be UTF-8. */
  const isUtf8 = (text: string): boolean =>
    Buffer.from(Buffer.from(text, 'base64').toString()).equals(Buffer.from(text, 'base64'))
  const expected = contents(
    records.replace(/"value_base64":"([^"]*)"/g, (whole, text: string) =>
      isUtf8(text) ? `"value":${JSON.stringify(Buffer.from(text, 'base64').toString())}` : whole
    )
  )
  const config = aheadAtMost(2n ** 63n - 1n)

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('comes back as it went in, with %s', async (codec) => {
    const [first, second] = await Promise.all([1, 2].map(() => createTopic({ partitions: 4, config })))
    const keep = ['--format', 'envelope', '--partitioner', 'keep', '-z', codec]
    const wrote = await sluice(['produce', first!, ...keep], { env, input: records })
    expect(wrote).toEqual({ code: 0, stdout: '', stderr: '' })
    const once = await outputOf(first!, '--format', 'envelope')
    expect(contents(once)).toEqual(expected)
    const copy = `sluice consume ${first!} -e --format envelope | sluice produce ${second!} ${keep.join(' ')}`
    succeeded(await bash(copy, { env }))
    const twice = await outputOf(second!, '--format', 'envelope')
    expect(twice.split('\n').sort()).toEqual(once.replaceAll(first!, second!).split('\n').sort())
  })

  test('is one JSON object a line, its members in this order', async () => {
    const topic = await createTopic()
    await write(topic, [
      { key: 'k', value: 'v', timestamp: `${NOON}`, headers: { a: '1', b: Buffer.from([0xff]) } },
      { key: null, value: null, timestamp: `${NOON}` }
    ])
    expect(await outputOf(topic, '--format', 'envelope')).toBe(
      `{"topic":"${topic}","partition":0,"offset":0,"timestamp":${NOON},"headers":[["a","1"],["b",{"base64":"/w=="}]],"key":"k","value":"v"}\n` +
        `{"topic":"${topic}","partition":0,"offset":1,"timestamp":${NOON},"headers":[],"key":null,"value":null}\n`
    )
  })

  testWithKcat('says what kcat -J says', async () => {
    const topic = await createTopic({ partitions: 3 })
    const texts = ['plain', 'ä"\\\n\t', '', '😀', null]
    const messages = Array.from({ length: 60 }, (_, i): Message => {
      const headers = i % 3 === 0 ? { h: `${i}`, multi: ['a', 'b'] } : {}
      return { key: texts[i % 5]!, value: texts[(i * 7 + 3) % 5]!, partition: i % 3, timestamp: `${NOON + i}`, headers }
    })
    await write(topic, messages)
    const ours = envelopes(await outputOf(topic, '--format', 'envelope'))
    const { stdout } = await kcat(['-C', '-e', '-q', '-J', '-t', topic, '-X', 'check.crcs=true'])
    const theirs = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as KcatEnvelope)
    const byPlace = (a: Placed, b: Placed): number => a.partition - b.partition || a.offset - b.offset
    expect(ours.sort(byPlace).map(({ headers, ...rest }) => ({ ...rest, headers: headers.flat() }))).toEqual(
      theirs.sort(byPlace).map(({ ts, payload, headers = [], tstype: _type, broker: _broker, ...rest }) => {
        return { ...rest, timestamp: `${ts}`, value: payload, headers }
      })
    )
  })

  interface Placed {
    partition: number
    offset: number
  }
  interface KcatEnvelope extends Placed {
    topic: string
    ts: number
    tstype: string
    broker: number
    headers?: string[]
    key: string | null
    payload: string | null
  }
})

describe('format strings', () => {
  let topic: string

  beforeAll(async () => {
    topic = await createTopic()
    await write(topic, [
      { key: 'k1', value: 'v1', timestamp: `${NOON}`, headers: { a: '1', b: ['x', 'y'] } },
      { key: null, value: null, timestamp: `${NOON + 1}` },
      { key: '', value: 'two\nlines ä', timestamp: `${NOON + 2}`, headers: { empty: '' } }
    ])
  })

  const formats = [
    '%t [%p] at offset %o: key %K bytes: %k, value %S bytes: %s, timestamp %T, headers %h\\n--\\n',
    '%R%s',
    '%%\\x41\\t\\\\%s\\x00\\r\\n',
    '%h;'
  ]

  test('print tokens and escapes', async () => {
    expect(await outputOf(topic, '-f', formats[0]!)).toBe(
      `${topic} [0] at offset 0: key 2 bytes: k1, value 2 bytes: v1, timestamp ${NOON}, headers a=1,b=x,b=y\n--\n` +
        `${topic} [0] at offset 1: key -1 bytes: , value -1 bytes: , timestamp ${NOON + 1}, headers \n--\n` +
        `${topic} [0] at offset 2: key 0 bytes: , value 12 bytes: two\nlines ä, timestamp ${NOON + 2}, headers empty=\n--\n`
    )
    const binary = succeeded(await sluice(['consume', topic, '-e', '-f', formats[1]!], { env })).bytes
    const lengths = Buffer.from('00000002' + '7631' + 'ffffffff' + '0000000c', 'hex')
    expect(binary).toEqual(Buffer.concat([lengths, Buffer.from('two\nlines ä')]))
  })

  testWithKcat.each(formats.filter((format) => !format.includes('\\x00')))(
    'print what kcat prints: %s',
    async (format) => {
      const ours = await sluice(['consume', topic, '-e', '-f', format], { env })
      const theirs = await kcat(['-C', '-e', '-q', '-t', topic, '-f', format])
      expect(succeeded(ours).bytes.toString('latin1')).toBe(succeeded(theirs).bytes.toString('latin1'))
    }
  )

  test('length-prefixed output is read back by produce', async () => {
    const copy = await createTopic()
    const script = `sluice consume ${topic} -e -f '%R%s' | sluice produce ${copy} --format length-prefixed`
    succeeded(await bash(script, { env }))
    expect(await outputOf(copy, '-f', '%S:%s;')).toBe('2:v1;-1:;12:two\nlines ä;')
  })
})

describe('tables', () => {
  let topic: string
  const cells = ['plain', 'a,b', 'say "hi"', 'two\nlines', 'cr\rlf\r\n', '', ' spaces ', 'tab\tbed', 'ä😀', '"', null]

  beforeAll(async () => {
    topic = await createTopic({ partitions: 2 })
    await write(
      topic,
      cells.flatMap((key, i) =>
        cells.map((value, j): Message => ({
          key,
          value,
          partition: (i + j) % 2,
          timestamp: `${NOON + i * 100 + j}`,
          headers: { i: `${i}` }
        }))
      )
    )
  })

  test('csv is quoted as RFC 4180 has it, behind a header line', async () => {
    const own = await createTopic()
    await write(
      own,
      cells.map((value, i) => ({ key: i % 2 ? null : `k${i}`, value, timestamp: `${NOON + i}` }))
    )
    expect(await outputOf(own, '--format', 'csv', '--fields', 'offset,timestamp,key,value')).toBe(
      [
        'offset,timestamp,key,value',
        `0,${NOON},k0,plain`,
        `1,${NOON + 1},,"a,b"`,
        `2,${NOON + 2},k2,"say ""hi"""`,
        `3,${NOON + 3},,"two\nlines"`,
        `4,${NOON + 4},k4,"cr\rlf\r\n"`,
        `5,${NOON + 5},,""`,
        `6,${NOON + 6},k6, spaces `,
        `7,${NOON + 7},,tab\tbed`,
        `8,${NOON + 8},k8,ä😀`,
        `9,${NOON + 9},,""""`,
        `10,${NOON + 10},k10,`,
        ''
      ].join('\n')
    )
    expect(await outputOf(own, '--format', 'tsv', '--fields', 'key,value', '--no-header', '--from', '6')).toBe(
      'k6\t spaces \n\t"tab\tbed"\nk8\tä😀\n\t""""\nk10\t\n'
    )
  })

  test.each(['csv', 'tsv'])(
    '%s comes back as it went: keys, values, nulls, timestamps, partitions, headers',
    async (format) => {
      const copy = await createTopic({ partitions: 2 })
      const fields = 'partition,timestamp,headers,key,value'
      const script =
        `sluice consume ${topic} -e --format ${format} --fields ${fields} | ` +
        `sluice produce ${copy} --format ${format} --partitioner keep -Z`
      succeeded(await bash(script, { env }))
      const before = await outputOf(topic, '--format', 'envelope')
      expect(contents(before)[0]).toHaveLength(61)
      expect(contents(await outputOf(copy, '--format', 'envelope'))).toEqual(contents(before))
    }
  )

  test('columns may be fields of JSON, headers and whole parts, in any order', async () => {
    const own = await createTopic()
    await write(own, [
      {
        key: '{"id":7}',
        value: '{"user":{"id":1,"name":"Ann, Lee"},"tags":["x"],"n":12345678901234567890}',
        headers: { src: 'web' }
      },
      { key: null, value: '{"user":{"name":null}}' },
      { key: '{}', value: null }
    ])
    const fields = 'value.user.id,value.user.name,value.tags.0,value.tags,value.n,key.id,headers.src'
    const rows = ['1,"Ann, Lee",x,"[""x""]",12345678901234567890,7,web', ',,,,,,', ',,,,,,']
    expect(await outputOf(own, '--format', 'csv', '--fields', fields)).toBe([fields, ...rows, ''].join('\n'))
    expect(await outputOf(own, '--format', 'csv', '--fields', fields, '--no-header')).toBe([...rows, ''].join('\n'))
    const jsonl = await outputOf(own, '--format', 'jsonl', '--fields', fields)
    expect(jsonl.split('\n')[0]).toBe(
      '{"value.user.id":1,"value.user.name":"Ann, Lee","value.tags.0":"x","value.tags":["x"],' +
        '"value.n":12345678901234567890,"key.id":7,"headers.src":"web"}'
    )
  })
})

test('jsonl is a record a line, its fields under their names', async () => {
  const topic = await createTopic()
  await write(topic, [{ key: 'k', value: Buffer.from([0xff]), timestamp: `${NOON}` }])
  expect(await outputOf(topic, '--format', 'jsonl')).toBe(
    `{"topic":"${topic}","partition":0,"offset":0,"timestamp":${NOON},"key":"k","value_base64":"/w=="}\n`
  )
})

test('hexdump shows every byte, and where the record is', async () => {
  const topic = await createTopic()
  const value = Buffer.from('00 01 1f 20 7e 7f 80 ff 41 42 43 44 45 46 47 48 0a'.replaceAll(' ', ''), 'hex')
  await write(topic, [
    { key: 'k', value, timestamp: `${NOON}` },
    { key: null, value: null, timestamp: `${NOON}` }
  ])
  expect(await outputOf(topic, '--format', 'hexdump')).toBe(
    `${topic} [0] offset 0 timestamp ${NOON} key 1 value 17\n` +
      'key   00000000  6b                                                |k|\n' +
      'value 00000000  00 01 1f 20 7e 7f 80 ff  41 42 43 44 45 46 47 48  |... ~...ABCDEFGH|\n' +
      'value 00000010  0a                                                |.|\n' +
      `${topic} [0] offset 1 timestamp ${NOON} key null value null\n`
  )
})

describe('--key-as and --value-as', () => {
  test.each([
    ['int32', 'ffffffff', '-1'],
    ['int64', '7fffffffffffffff', '9223372036854775807'],
    ['float64', '3ff8000000000000', '1.5'],
    ['uuid', '123e4567e89b12d3a456426614174000', '123e4567-e89b-12d3-a456-426614174000'],
    ['hex', '00ff0a', '00ff0a'],
    ['base64', '00ff0a', 'AP8K'],
    ['json', Buffer.from(' {"a" : 1 }').toString('hex'), '{"a" : 1 }']
  ])('%s, there and back', async (form, bytes, text) => {
    const topic = await createTopic()
    await write(topic, [{ key: Buffer.from(bytes, 'hex'), value: Buffer.from(bytes, 'hex') }])
    const shown = await outputOf(topic, '-K', '|', '--key-as', form, '--value-as', form)
    expect(shown.replaceAll(' ', '')).toBe(`${text}|${text}\n`.replaceAll(' ', ''))
    const args = ['produce', topic, '-K', '|', '--key-as', form, '--value-as', form]
    succeeded(await sluice(args, { env, input: shown }))
    const hex = await outputOf(topic, '-K', '|', '--key-as', 'hex', '--value-as', 'hex', '--from', '1')
    const trimmed = form === 'json' ? Buffer.from(shown.split('|')[0]!).toString('hex') : bytes
    expect(hex).toBe(`${trimmed}|${trimmed}\n`)
  })
})

describe('a record that cannot be decoded', () => {
  let topic: string

  beforeAll(async () => {
    topic = await createTopic({ partitions: 2 })
    const good = '{"a":1}'
    await write(
      topic,
      ['{"a":0}', good, '{"a":', good].map((value) => ({ value, partition: 1 }))
    )
  })

  test.each([
    [['--format', 'csv', '--fields', 'offset,value.a'], 'offset,value.a\n0,0\n1,1\n', '3,1\n'],
    [['--value-as', 'json'], '{"a":0}\n{"a":1}\n', '{"a":1}\n'],
    [['-f', '%o %s\\n', '--value-as', 'json'], '0 {"a":0}\n1 {"a":1}\n', '3 {"a":1}\n']
  ])(
    'ends the run with its topic, partition and offset, or is skipped and counted: %p',
    async (args, before, after) => {
      const failed = await sluice(['consume', topic, '-e', ...args], { env })
      expect(failed).toMatchObject({ code: 1, stdout: before })
      expect(failed.stderr).toMatch(
        new RegExp(`^sluice: the value of ${topic} \\[1\\] at offset 2 .*--on-error skip\n$`)
      )
      const skipped = await sluice(['consume', topic, '-e', ...args, '--on-error', 'skip'], { env })
      expect(skipped).toMatchObject({ code: 0, stdout: before + after })
      expect(skipped.stderr).toMatch(new RegExp(`\\[1\\] at offset 2 .*\nsluice: 1 record skipped\n$`))
    }
  )
})
