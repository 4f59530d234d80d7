import { describe, expect, test } from '@jest/globals'
import { Acknowledger } from '../../../src/endpoints/acknowledger.js'
import { ModuleName } from '../../../src/endpoints/module-name.js'
import { ModuleSource } from '../../../src/endpoints/module-source.js'
import type { Batch, EndpointSource, Json } from '../../../src/endpoint-module.js'
import { BadRecordError, FailedError, UsageError } from '../../../src/errors.js'
import type { EndpointPosition } from '../../../src/flow/endpoint.js'
import type { Records } from '../../../src/records/records.js'

const name = new ModuleName('mod', ['geheim'])
const { signal } = new AbortController()
const batch = (values: string[], position?: unknown): Batch => ({
  messages: values.map((value) => ({ value: Buffer.from(value) })),
  ...(position !== undefined && { position })
})

function sourceOf(
  batches: (Batch | null)[],
  restored: EndpointPosition | null = null,
  more: Partial<EndpointSource> = {}
): ModuleSource {
  const source = { read: () => Promise.resolve(batches.shift() ?? null), close: () => Promise.resolve(), ...more }
  return new ModuleSource(source, { name, place: 'p', restored })
}

/** The next values, at most so many. */
async function take(source: ModuleSource, most = Infinity): Promise<string[]> {
  const records = (await source.read(signal)) as Records
  const values: string[] = []
  while (values.length < most && records.next()) {
    values.push(records.valueBytes.toString('utf8', records.valueStart, records.valueEnd))
  }
  return values
}
const stateOf = (source: ModuleSource): unknown => source.state().endpoint

test('the state is the last position, and how many records were taken behind it', async () => {
  const source = sourceOf([batch(['a', 'b'], 1n), batch(['c']), batch(['d', 'e'], { at: 2 })])
  expect(stateOf(source)).toEqual({ place: 'p', position: null, taken: 0 })
  expect(await take(source)).toEqual(['a', 'b'])
  expect(stateOf(source)).toEqual({ place: 'p', position: 1n, taken: 0 })
  expect(await take(source)).toEqual(['c'])
  expect(stateOf(source)).toEqual({ place: 'p', position: 1n, taken: 1 })
  expect(await take(source, 1)).toEqual(['d'])
  expect(stateOf(source)).toEqual({ place: 'p', position: 1n, taken: 2 })
})

test('what was taken behind a position counts no more once there is the next one', async () => {
  const source = sourceOf([batch(['a']), batch(['b', 'c'], 2n)])
  expect(await take(source)).toEqual(['a'])
  expect(stateOf(source)).toEqual({ place: 'p', position: null, taken: 1 })
  expect(await take(source)).toEqual(['b', 'c'])
  expect(stateOf(source)).toEqual({ place: 'p', position: 2n, taken: 0 })
})

test('amid a batch the module may say a position itself', async () => {
  const behind = (count: number): { position: Json; taken: number } => ({ position: { of: count }, taken: 0 })
  const source = sourceOf([{ ...batch(['a', 'b', 'c'], 1n), behind }], { place: 'p', position: 0n, taken: 1 })
  expect(stateOf(source)).toEqual({ place: 'p', position: 0n, taken: 1 })
  expect(await take(source, 1)).toEqual(['b'])
  expect(stateOf(source)).toEqual({ place: 'p', position: { of: 2 }, taken: 0 })
})

test('goes on from amid batches that come in other sizes than before', async () => {
  const restored = { place: 'p', position: 1n, taken: 3 }
  const source = sourceOf([batch(['c', 'd'], 2n), batch(['e', 'f'], 3n)], restored)
  expect(stateOf(source)).toEqual(restored)
  expect(await take(source)).toEqual([])
  expect(stateOf(source)).toEqual({ place: 'p', position: 2n, taken: 1 })
  expect(await take(source)).toEqual(['f'])
  expect(stateOf(source)).toEqual({ place: 'p', position: 3n, taken: 0 })
})

test('a record that ends the run was not taken, one that the run goes on without was', async () => {
  const source = sourceOf([batch(['a', 'b', 'c'], 1n)])
  await take(source, 2)
  const error = new BadRecordError('is bad')
  expect(source.locate(error, true)).toMatchObject({ message: 'mod:2: is bad', place: { line: 2 } })
  expect(stateOf(source)).toMatchObject({ taken: 2 })
  source.locate(error)
  expect(stateOf(source)).toEqual({ place: 'p', position: null, taken: 1 })
})

test('errors say where a record stands: in a topic, else behind a position', async () => {
  const at = { topic: 't', partition: 3, offset: 2n ** 63n - 1n, value: Buffer.from('x') }
  const source = sourceOf([batch(['a'], { id: '5-0' }), { messages: [{}, {}, at] }])
  await take(source)
  await take(source, 2)
  const located = (): unknown => (source.locate(new FailedError('no'), true) as Error).message
  expect(located()).toBe('mod after {"id": "5-0"}:2: no')
  const records = await (async () => (await take(source, 0).catch(() => []), null))()
  expect(records).toBeNull()
})

test('asks to settle when interrupted, while it waits too, and loses nothing', async () => {
  let give: (batch: Batch) => void = () => undefined
  const source = sourceOf([], null, { read: () => new Promise((resolve) => (give = resolve)) })
  const waiting = source.read(signal)
  source.interrupt()
  expect(await waiting).toBe('settle')
  const again = take(source)
  give(batch(['a'], 1))
  expect(await again).toEqual(['a'])
})

test('asks to settle when half of the window waits for it', async () => {
  const batches = Array.from({ length: 4 }, (_, i) => batch(['x', 'y'], i))
  const source = sourceOf(batches, null, { window: 8, acknowledge: () => Promise.resolve() })
  const seen: unknown[] = []
  for (let i = 0; i < 6; i++) {
    const read = await source.read(signal)
    seen.push(typeof read === 'string' ? read : 'batch')
    while (typeof read !== 'string' && read!.next());
  }
  expect(seen).toEqual(['batch', 'batch', 'settle', 'batch', 'batch', 'settle'])
})

test('what is on its way when the signal comes is given, then that is the end', async () => {
  const stop = new AbortController()
  let give: (batch: Batch) => void = () => undefined
  const source = sourceOf([], null, { read: () => new Promise((resolve) => (give = resolve)) })
  const waiting = source.read(stop.signal)
  stop.abort()
  give(batch(['a']))
  expect((await waiting) as Records).not.toBeNull()
  expect(await source.read(stop.signal)).toBeNull()
})

test('an AbortError is the end where the run is to end, else an error', async () => {
  const stop = new AbortController()
  const abort = new DOMException('enough', 'AbortError')
  const read = (signal: AbortSignal): Promise<null> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(abort)))
  const waiting = sourceOf([], null, { read }).read(stop.signal)
  stop.abort()
  expect(await waiting).toBeNull()
  await expect(sourceOf([], null, { read: () => Promise.reject(abort) }).read(signal)).rejects.toBe(abort)
})

test.each([
  [{}, 'mod: read() gave no batch: give { messages: [] }, or null at the end'],
  [{ messages: [{ value: 'text' }] }, 'mod gave a value that is a string: give a Buffer, or null']
])('%j is no batch', async (given, line) => {
  await expect(take(sourceOf([given as never]))).rejects.toMatchObject({ line })
})

describe('errors of a module', () => {
  test('have its name and none of its secrets', () => {
    const error = name.failure(new UsageError('geheim is wrong', 'not geheim'))
    expect(error).toMatchObject({ exitCode: 2, line: 'mod: *** is wrong: not ***' })
    expect((error.cause as Error).stack).not.toContain('geheim')
    expect(name.failure('text').message).toBe('mod: text')
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' })
    expect(name.failure(new AggregateError([refused], '')).message).toBe('mod: ECONNREFUSED')
  })
})

describe('acknowledgements', () => {
  test('of all that was taken wholly, one at a time, again after one that failed', async () => {
    const calls: unknown[] = []
    const told: string[] = []
    let fails = false
    const acknowledge = (position: unknown): Promise<void> => {
      calls.push(position)
      return fails ? Promise.reject(new Error('away')) : Promise.resolve()
    }
    const endpoint = { read: () => Promise.resolve(null), close: () => Promise.resolve(), acknowledge }
    const source = sourceOf([batch(['a'], 1), batch(['b'], 2), batch(['c', 'd'], 3)])
    const acknowledger = new Acknowledger(endpoint, source, name, (text) => void told.push(text))
    acknowledger.send()
    await acknowledger.finish()
    expect(calls).toEqual([])
    await take(source)
    await take(source)
    acknowledger.send()
    await acknowledger.finish()
    fails = true
    await take(source, 1)
    acknowledger.send()
    await acknowledger.finish()
    // Of a batch that was taken in part, nothing is.
    expect(calls).toEqual([2])
    await source.read(signal)
    expect(told).toEqual([])
  })

  test('that fail are told and made up for', async () => {
    const told: string[] = []
    let fails = true
    const calls: unknown[] = []
    const acknowledge = (position: unknown): Promise<void> => {
      calls.push(position)
      return fails ? Promise.reject(new Error('away')) : Promise.resolve()
    }
    const endpoint = { read: () => Promise.resolve(null), close: () => Promise.resolve(), acknowledge }
    const source = sourceOf([batch(['a'], 1)])
    const acknowledger = new Acknowledger(endpoint, source, name, (text) => void told.push(text))
    await take(source)
    acknowledger.send()
    await acknowledger.finish()
    fails = false
    acknowledger.send()
    await acknowledger.finish()
    expect([calls, acknowledger.succeeded, acknowledger.failed]).toEqual([[1, 1], 1, 1])
    expect(told).toEqual(['mod: away: what is not acknowledged comes again'])
  })
})
