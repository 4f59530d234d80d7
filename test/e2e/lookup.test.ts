// pipe --lookup and --lookup-command: what answers make of records, how many are asked for at a time, what becomes of
// records without an answer, and that a crash or an end in the middle loses none.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { type Message, readAll, write } from '../support/client.js'
import { committedTotal } from '../support/groups.js'
import { LongRun, until } from '../support/long-runs.js'
import { type Result, type RunOptions, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const folder = new Workdir()
const pipe = (args: string[], options: RunOptions = {}): Promise<Result> =>
  sluice(['pipe', ...args], { env, cwd: folder.path, ...options })

const patient = ['--lookup-timeout', '60s']

type Answer = (id: string, response: ServerResponse, request: IncomingMessage) => void

/** Knows everything about what stands last in a path, unless the test says what it answers. */
class Oracle {
  asked = 0
  open = 0
  most = 0
  readonly #answer: Answer
  readonly #server = createServer((request, response) => {
    this.asked++
    this.most = Math.max(this.most, ++this.open)
    response.on('close', () => this.open--)
    this.#answer(decodeURIComponent(request.url!.split('/').at(-1)!), response, request)
  })

  private constructor(answer: Answer) {
    this.#answer = answer
  }

  static async listen(answer: Answer = (id, response) => response.end(`{"name":"user ${id}"}`)): Promise<Oracle> {
    const oracle = new Oracle(answer)
    oracle.#server.listen(0, '127.0.0.1')
    await once(oracle.#server, 'listening')
    oracles.push(oracle)
    return oracle
  }

  /** Without its scheme. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.address}/users/{value.id}`
  }

  /** What asks it; patient, since the machine may be busy. */
  get flags(): string[] {
    return ['--lookup', this.url, ...patient]
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

const oracles: Oracle[] = []
afterAll(() => oracles.forEach((oracle) => oracle.close()))

/** Later for some than for others, so that answers come in another order. */
function after(id: string, most: number, then: () => void): void {
  setTimeout(then, (Number(id) * 7919) % most)
}

function numbered(count: number, partitions = 1): Message[] {
  return Array.from({ length: count }, (_, id) => ({
    ...{
      key: `k${id}`,
      value: `{"id":${id}}`,
      partition: id % partitions,
      timestamp: `${1000 + id}`,
      headers: { h: `${id}` }
    }
  }))
}

/** A file of numbered lines. */
function lines(name: string, count: number): string {
  folder.write(name, numbered(count).map(({ value }) => `${value?.toString()}\n`).join('')) // prettier-ignore
  return name
}

const enriched = (id: number): string => `{"id":${id},"lookup":{"name":"user ${id}"}}`
const allEnriched = (count: number): string => Array.from({ length: count }, (_, id) => `${enriched(id)}\n`).join('')

describe('over HTTP', () => {
  test('a topic into another: the order, and all else of a record, is kept', async () => {
    const oracle = await Oracle.listen((id, response) =>
      after(id, 30, () => response.end(`{\n  "name" : "user ${id}"\n}\n`))
    )
    const [from, to] = [await createTopic({ partitions: 3 }), await createTopic({ partitions: 3 })]
    const messages = numbered(300, 3)
    await write(from, [...messages, { key: 'gone', value: null, partition: 0 }])
    const result = succeeded(await pipe([`kafka:${from}?exit`, `kafka:${to}`, ...oracle.flags]))
    expect(result).toMatchObject({ stdout: '', stderr: '' })
    const read = await readAll(to)
    expect(read.find(({ key }) => key === 'gone')!.value).toBeNull()
    for (const partition of [0, 1, 2]) {
      const there = read.filter((each) => each.partition === partition && each.value !== null)
      const expected = messages.filter((each) => each.partition === partition)
      expect(there.map(({ key, timestamp }) => [key, timestamp])).toEqual(
        expected.map(({ key, timestamp }) => [key, timestamp])
      )
      expect(there.map(({ value }) => value)).toEqual(
        expected.map(({ key }) => enriched(Number((key as string).slice(1))))
      )
      expect(there.every(({ key, headers }) => key === `k${headers['h']!.toString()}`)).toBe(true)
    }
    expect(oracle.asked).toBe(300)
  })

  test('unordered, they come as they are answered', async () => {
    // The first is answered when all others are.
    let first: ServerResponse | null = null
    let others = 0
    const oracle = await Oracle.listen((id, response) => {
      if (id === '0') first = response
      else {
        response.end('1')
        others++
      }
      if (others === 49) first!.end('0')
    })
    const { stdout } = succeeded(await pipe([lines('in', 50), '-', ...oracle.flags, '--unordered']))
    const got = stdout.trimEnd().split('\n')
    expect(got.at(-1)).toBe('{"id":0,"lookup":0}')
    expect(got.sort()).toEqual(Array.from({ length: 50 }, (_, id) => `{"id":${id},"lookup":${id && 1}}`).sort())
  })

  test('an answer that is kept is not asked for again', async () => {
    const oracle = await Oracle.listen()
    const ids = Array.from({ length: 60 }, (_, i) => i % 3)
    folder.write('again', ids.map((id) => `{"id":${id}}\n`).join(''))
    const args = ['again', '-', ...oracle.flags, '--capacity', '1', '--lookup-cache']
    const { stdout } = succeeded(await pipe([...args, '3,1h']))
    expect(stdout).toBe(ids.map((id) => `${enriched(id)}\n`).join(''))
    expect(oracle.asked).toBe(3)
    succeeded(await pipe([...args, '2']))
    expect(oracle.asked).toBe(63)
  })

  test.each([100, 7])('so many are asked for at a time, and no more: %d', async (capacity) => {
    // Nobody is answered before so many have asked.
    const waiting: ServerResponse[] = []
    const oracle = await Oracle.listen((_, response) => {
      waiting.push(response)
      if (waiting.length < capacity) return
      for (const each of waiting.splice(0))
        each.end(JSON.stringify({ name: `user ${each.req.url!.split('/').at(-1)}` }))
    })
    const flags = capacity === 100 ? [] : ['--capacity', `${capacity}`]
    const args = [lines('in', capacity * 5), '-', ...oracle.flags, ...flags]
    expect(succeeded(await pipe(args))).toMatchObject({ stdout: allEnriched(capacity * 5), stderr: '' })
    expect(oracle.most).toBe(capacity)
  })

  test('what is not found is null, and so is what is empty; digits and bytes stay', async () => {
    const oracle = await Oracle.listen((id, response) => {
      if (id === '1') response.writeHead(404).end('{"error":"no such user"}')
      else if (id === '2') response.writeHead(204).end()
      else response.end(' [12345678901234567890,\n 1.0] ')
    })
    folder.write('exact', '{"id":1}\n{ "id" : 2 , "n":9007199254740993 }\n{"lookup":{"old":1},"id":3}\n')
    expect(succeeded(await pipe(['exact', '-', ...oracle.flags])).stdout).toBe(
      '{"id":1,"lookup":null}\n{ "id" : 2 , "n":9007199254740993 ,"lookup":null}\n' +
        '{"lookup":[12345678901234567890,1.0],"id":3}\n'
    )
  })

  test('with a user and a password, which nobody is shown', async () => {
    const oracle = await Oracle.listen((id, response, { headers }) => {
      if (id === '1') response.writeHead(503).end()
      else response.end(JSON.stringify(Buffer.from(headers.authorization!.slice(6), 'base64').toString()))
    })
    const url = `http://bob:s%3Acret@${oracle.address}/{value.id}`
    const result = await pipe([lines('in', 2), '-', '--lookup', url, ...patient])
    expect(result).toMatchObject({ code: 1, stdout: '{"id":0,"lookup":"bob:s:cret"}\n' })
    expect(result.stderr).toMatch(/^sluice: in:2: http:\/\/127\.0\.0\.1:\d+\/1 answered 503 Service Unavailable: /)
    expect(result.stderr).not.toContain('cret')
  })

  test('a server that ends kept connections is asked again', async () => {
    const used = new WeakSet<object>()
    let ended = 0
    const oracle = await Oracle.listen((id, response, { socket }) => {
      if (used.has(socket) && ++ended) socket.destroy()
      else response.end(`{"name":"user ${id}"}`)
      used.add(socket)
    })
    const args = [lines('in', 40), '-', ...oracle.flags, '--capacity', '2']
    expect(succeeded(await pipe(args)).stdout).toBe(allEnriched(40))
    expect(ended).toBeGreaterThan(10)
  })

  test('each subtask asks for its share', async () => {
    const oracle = await Oracle.listen((id, response) => {
      if (id === '4') response.writeHead(500).end()
      else response.end(`{"name":"user ${id}"}`)
    })
    const topic = await createTopic({ partitions: 2 })
    await write(topic, numbered(10, 2))
    const args = [...oracle.flags, '--parallelism', '2', '--on-lookup-error', 'skip']
    const { stdout, stderr } = succeeded(await pipe([`kafka:${topic}?exit`, '-', ...args]))
    expect(stdout.trimEnd().split('\n').sort()).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9].map(enriched))
    expect(stderr).toMatch(
      /left out without an answer: .* \[0\] at offset 2: .*\nsluice: 1 record without an answer\n$/
    )
  })

  test('what is answered goes out at once, though nothing more comes in', async () => {
    const topic = await createTopic()
    const oracle = await Oracle.listen((id, response) => after(id, 50, () => response.end(`{"name":"user ${id}"}`)))
    const run = new LongRun(['pipe', `kafka:${topic}`, '-', ...oracle.flags])
    for (const [i, message] of numbered(3).entries()) {
      await write(topic, [message])
      await run.wrote(i + 1)
    }
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.stdout).toBe(allEnriched(3))
  })
})

describe('records without an answer', () => {
  const answer: Answer = (id, response) => {
    if (id === '2') response.writeHead(500).end('{}')
    else if (id === '4') response.end('oops')
    else if (id === '6') response.end('{')
    else if (id !== '8') response.end(`{"name":"user ${id}"}`)
  }

  test('end the run, after what came before', async () => {
    const oracle = await Oracle.listen(answer)
    const topic = await createTopic()
    await write(topic, numbered(5))
    const result = await pipe([`kafka:${topic}?exit`, '-', ...oracle.flags])
    expect(result).toMatchObject({ code: 1, stdout: allEnriched(2) })
    expect(result.stderr).toBe(
      `sluice: ${topic} [0] at offset 2: http://${oracle.address}/users/2 answered 500 Internal Server Error: ` +
        'to go on without an answer, say --on-lookup-error skip or pass\n'
    )
  })

  test.each(['skip', 'pass'])('%s: they are counted, the first is told', async (how) => {
    const oracle = await Oracle.listen(answer)
    folder.write('in', `${numbered(8).map(({ value }) => value).join('\n')}\n{"name":"nobody"}\n`) // prettier-ignore
    const args = ['in', '-', ...oracle.flags, '--on-lookup-error', how]
    const { stdout, stderr } = succeeded(await pipe(args))
    const got = stdout.trimEnd().split('\n')
    const [left, passed] = [[0, 1, 3, 5, 7].map(enriched), ['{"id":2}', '{"id":4}', '{"id":6}', '{"name":"nobody"}']]
    expect(got).toEqual(how === 'skip' ? left : [...left, ...passed].sort((a, b) => order(a) - order(b)))
    const done = how === 'skip' ? 'left out' : 'passed'
    expect(stderr).toBe(
      `sluice: ${done} without an answer: in:3: http://${oracle.address}/users/2 answered 500 Internal Server Error; ` +
        `of any more, the number is told\nsluice: 4 records without an answer\n`
    )
  })

  function order(line: string): number {
    return Number(/"id":(\d+)/.exec(line)?.[1] ?? 99)
  }

  test.each<[string, string, RegExp]>([
    ['no answer in time', '{"id":8}', /^sluice: in:1: http:\S+\/8 gave no answer within 200 ms: /],
    [
      'an answer that is no JSON',
      '{"id":4}',
      /^sluice: in:1: http:\S+\/4 answered what is not JSON \(unexpected 'o' at byte 1\): /
    ],
    [
      'no such field',
      '{"ID":4}',
      /^sluice: in:1: http:\S+\/\{value\.id\} cannot be asked: the record has no value\.id: /
    ]
  ])('%s', async (_, line, said) => {
    const oracle = await Oracle.listen(answer)
    folder.write('in', `${line}\n`)
    const result = await pipe([
      'in',
      '-',
      '--lookup',
      oracle.url,
      '--lookup-timeout',
      line.includes('8') ? '200ms' : '60s'
    ])
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toMatch(said)
  })

  test('nobody listens', async () => {
    const oracle = await Oracle.listen()
    const { url } = oracle
    oracle.close()
    const { code, stderr } = await pipe([lines('in', 1), '-', '--lookup', url, ...patient])
    expect(stderr).toMatch(/^sluice: in:1: http:\S+\/users\/0 cannot be reached: ECONNREFUSED: /)
    expect(code).toBe(1)
  })

  test('a value that is no JSON object is a bad record, whoever answers', async () => {
    const oracle = await Oracle.listen()
    folder.write('in', '{"id":0}\n[1]\n{"id":\n{"id":1}\n')
    const failed = await pipe(['in', '-', ...oracle.flags, '--on-lookup-error', 'pass'])
    expect(failed).toMatchObject({ code: 1, stdout: allEnriched(1) })
    expect(failed.stderr).toMatch(/^sluice: in:2: the value is no JSON object: /)
    const skipped = succeeded(await pipe(['in', '-', '--lookup-command', 'cat', '--on-error', 'skip', ...patient]))
    expect(skipped.stdout).toBe('{"id":0,"lookup":{"id":0}}\n{"id":1,"lookup":{"id":1}}\n')
    expect(skipped.stderr).toMatch(
      /^sluice: skipped: in:2: .*\nsluice: skipped: in:3: .*\nsluice: 2 records skipped\n$/
    )
  })
})

describe('by a command', () => {
  const shell = (body: string): string => `while read -r line; do ${body}; done`

  test('a line each way, in one process, and values of several lines on one', async () => {
    const topic = await createTopic()
    await write(topic, [{ value: '{\n "id": "a b"\n}' }, { value: '{"id":2}' }, { value: null }, { value: '{"id":3}' }])
    const command = `echo $$ > pid; ${shell('n=$((n+1)); echo "[$n,$line]"')}`
    const { stdout } = succeeded(await pipe([`kafka:${topic}?exit`, '-', '--lookup-command', command, ...patient]))
    expect(stdout).toBe(
      '{\n "id": "a b"\n,"lookup":[1,{"id":"a b"}]}\n{"id":2,"lookup":[2,{"id":2}]}\n\n{"id":3,"lookup":[3,{"id":3}]}\n'
    )
    expect(() => process.kill(Number(folder.read('pid')), 0)).toThrow('ESRCH')
  })

  test('many, pipelined', async () => {
    const { stdout } = succeeded(await pipe([lines('in', 20_000), '-', '--lookup-command', 'cat', ...patient]))
    expect(stdout).toBe(Array.from({ length: 20_000 }, (_, id) => `{"id":${id},"lookup":{"id":${id}}}\n`).join(''))
  })

  test('an empty line is null; what it says on stderr is seen', async () => {
    const args = [lines('in', 2), '-', '--lookup-command', shell('echo said >&2; echo'), ...patient]
    expect(succeeded(await pipe(args))).toMatchObject({
      stdout: '{"id":0,"lookup":null}\n{"id":1,"lookup":null}\n',
      stderr: 'said\nsaid\n'
    })
  })

  test('one that does not answer in time holds nothing up that is not asked of it', async () => {
    // It answers after the first line's time is over; that answer is not taken for the second line's.
    const command = `read -r line; until [ -e go ]; do sleep 0.05; done; echo '"late"'; ${shell('echo "$line"')}`
    const args = [lines('in', 3), '-', '--lookup-command', command, '--capacity', '1', '--on-lookup-error', 'pass']
    const run = new LongRun(['pipe', ...args, '--lookup-timeout', '5s'], { env, cwd: folder.path })
    await run.said(/in:1: the lookup command '.*' gave no answer within 5000 ms \(does it buffer its output\?\)/)
    folder.write('go', '')
    expect(await run.ended).toBe(0)
    expect(run.stdout).toBe('{"id":0}\n{"id":1,"lookup":{"id":1}}\n{"id":2,"lookup":{"id":2}}\n')
  })

  test.each([
    ['exit 3', 0, /^sluice: the lookup command 'exit 3' ended with exit status 3: /],
    ['head -n 2', 2, /^sluice: the lookup command 'head -n 2' ended with exit status 0: /],
    ['kill -9 $$', 0, /^sluice: the lookup command 'kill -9 \$\$' was ended by SIGKILL: /],
    [
      shell('printf "1\\n1\\n"; sleep 1'),
      -1,
      /' wrote more lines than it was given: it should answer each line with one\n$/
    ]
  ])('one that breaks off ends the run, whatever else is asked for: %s', async (command, written, said) => {
    const input = lines('in', written < 0 ? 1 : 5)
    const { code, stdout, stderr } = await pipe([
      input,
      '-',
      '--lookup-command',
      command,
      '--on-lookup-error',
      'skip',
      ...patient
    ])
    expect(stderr).toMatch(said)
    expect(code).toBe(1)
    if (written >= 0) expect(stdout.split('\n')).toHaveLength(written + 1)
  })

  test('one that does not end with its input is ended', async () => {
    const command = `echo $$ > pid; ${shell('echo 1')}; sleep 600`
    succeeded(await pipe([lines('in', 1), '-', '--lookup-command', command, ...patient]))
    expect(() => process.kill(Number(folder.read('pid')), 0)).toThrow('ESRCH')
  })
})

describe('in the middle', () => {
  /** How many of the numbers from 0 to `count` are in these values, and which are there how often. */
  function countsOf(values: string[], count: number): number[] {
    const counts = Array<number>(count).fill(0)
    for (const value of values) {
      const { id, lookup } = JSON.parse(value) as { id: number; lookup: { name: string } }
      expect(lookup.name).toBe(`user ${id}`)
      counts[id]!++
    }
    return counts
  }

  const COUNT = 2000

  test.each([
    ['a topic', 'a topic'],
    ['a topic', 'a file'],
    ['a file', 'a file']
  ])('kill -9 loses nothing between %s and %s', async (first, second) => {
    const oracle = await Oracle.listen((id, response) => after(id, 30, () => response.end(`{"name":"user ${id}"}`)))
    const [from, to] = [await createTopic({ partitions: 3 }), await createTopic()]
    if (first === 'a topic') await write(from, numbered(COUNT, 3))
    else lines('long', COUNT)
    const name = `${first} and ${second}`.replaceAll(' ', '-')
    const out = folder.join(`killed-${name}`)
    const source = first === 'a file' ? folder.join('long') : `kafka:${from}?exit`
    const sink = second === 'a file' ? out : `kafka:${to}?partition=0`
    const keeping = ['--checkpoint', folder.join(`positions-${name}`), '--checkpoint-interval', '20ms']
    // A run of about two seconds, which never gets that far.
    const flags = [...oracle.flags, '--capacity', '15', ...(second === 'a file' ? [] : ['--unordered'])]
    for (let kill = 0; kill < 4; kill++) {
      const before = oracle.asked
      const run = new LongRun(['pipe', source, sink, ...keeping, ...flags])
      await until(() => oracle.asked > before + 100 + 77 * kill)
      await run.stop('SIGKILL')
      expect(run.stderr).toBe('')
    }
    expect(oracle.asked).toBeLessThan(COUNT)
    succeeded(await pipe([source, sink, ...keeping, ...flags]))
    // It went on where it was.
    expect(oracle.asked).toBeLessThan(1.5 * COUNT)
    if (second === 'a file') {
      const counts = countsOf(readFileSync(out, 'utf8').trimEnd().split('\n'), COUNT)
      expect(counts.every((count) => count === 1)).toBe(true)
    } else {
      const counts = countsOf(
        (await readAll(to)).map(({ value }) => value!),
        COUNT
      )
      expect(counts.every((count) => count > 0)).toBe(true)
    }
  })

  test('checkpoints and commits do not wait for a whole chunk', async () => {
    const oracle = await Oracle.listen((id, response) => {
      if (Number(id) < 100) setTimeout(() => response.end('{}'), 20)
    })
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, numbered(COUNT))
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&commit=auto:10ms`
    const run = new LongRun(['pipe', source, '-', ...oracle.flags, '--capacity', '10'])
    await until(async () => (await committedTotal(group, topic)) > 0)
    expect(await committedTotal(group, topic)).toBeLessThanOrEqual(100)
    await run.stop('SIGKILL')
  })

  test('SIGINT: what is under way is waited for and written, and no more is committed', async () => {
    const oracle = await Oracle.listen((id, response) => after(id, 90, () => response.end(`{"name":"user ${id}"}`)))
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, numbered(COUNT))
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&commit=exit`
    const run = new LongRun(['pipe', source, '-', ...oracle.flags, '--capacity', '20'])
    await until(() => oracle.asked > 100)
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.stderr).toBe('')
    const total = await committedTotal(group, topic)
    expect(run.stdout).toBe(allEnriched(total))
    expect(oracle.asked).toBe(total)
    expect(total).toBeLessThan(COUNT)
  })
})

describe('wrong usage is said before anything is touched', () => {
  test.each<[string[], RegExp]>([
    [['--lookup', 'http://h/{key}', '--lookup-command', 'cat'], /--lookup and --lookup-command exclude each other/],
    [['--capacity', '5'], /^sluice: --capacity needs a lookup: give --lookup or --lookup-command\n$/],
    [['--unordered'], /--unordered needs a lookup/],
    [['--lookup', 'http://h/{key}', '--capacity', '0'], /--capacity/],
    [['--lookup', 'http://h/{key}', '--ordered', '--unordered'], /ordered/],
    [['--lookup', 'http://bob:secret@h/{kye}'], /'kye' is no field of a record: did you mean key\?/],
    [['--lookup', 'http://bob:secret@h/users'], /^sluice: 'http:\/\/h\/users' has no field of the record: /]
  ])('%j', async (args, said) => {
    const result = await pipe(['elements:a', 'kafka:t', ...args], { env: { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' } })
    expect(result.stderr).toMatch(said)
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).not.toContain('secret')
  })
})
