/**
 * A module driven as by a run, step by step: its source read and its sink written through the same adapters.
 */
import assert from 'node:assert/strict'
import { planModuleSink, planModuleSource } from '../cli/module-plan.js'
import { MessageRecords, messageAt } from '../endpoints/message-records.js'
import { ModuleName } from '../endpoints/module-name.js'
import { ModuleSink } from '../endpoints/module-sink.js'
import { ModuleSource } from '../endpoints/module-source.js'
import type { EndpointSink, EndpointSource, Message, Transaction } from '../endpoint-module.js'
import type { EndpointPosition } from '../flow/endpoint.js'
import { exactText, parseExact } from '../flow/exact-json.js'
import { openEndpointSink, openEndpointSource } from '../jobs/module-endpoints.js'
import type { Records } from '../records/records.js'
import type { ConformanceTest, Subject, TestPlace } from './conformance.js'

/** Milliseconds for what is to happen at once, on a busy machine. */
export const SOON = 60_000

/** Of the test under way. */
const opened = new Set<{ close(): Promise<void> }>()

/** Closes what a test that failed has left open. */
async function closeAll(): Promise<void> {
  for (const one of opened) await one.close()
}

type Direction = 'source' | 'sink'

/** A test in a place of its own, which goes with it. */
export function testOf(
  subject: Subject,
  direction: Direction,
  name: string,
  test: (place: TestPlace) => Promise<void>
): ConformanceTest {
  const run = async (): Promise<void> => {
    const place = await subject.prepare()
    await test(place).finally(async () => {
      await closeAll()
      await subject.release?.(place)
    })
  }
  return { name: `${direction}: ${name}`, run }
}

function uriOf(place: TestPlace, direction: Direction): Parameters<typeof planModuleSource>[0] {
  const { address = '' } = place
  const options = Object.entries(place[direction] ?? {})
  const text = `endpoint:${address}`
  return { text, typed: text, scheme: 'module', connector: 'endpoint', authority: undefined, address, options }
}

/** Rejects with a UsageError for one that is wrong. */
export async function plan({ endpoint }: Subject, place: TestPlace, direction: Direction): Promise<unknown> {
  return direction === 'source'
    ? planModuleSource(uriOf(place, direction), endpoint)
    : planModuleSink(uriOf(place, direction), 'checkpoint', endpoint)
}

/** Fails where something takes too long. */
export async function within<T>(what: Promise<T>, name: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new assert.AssertionError({ message: `${name()}: not done after ${SOON} ms` }))
    timer = setTimeout(fail, SOON)
  })
  return Promise.race([what, late]).finally(() => clearTimeout(timer))
}

/** A source that is open. */
export class Reading {
  readonly #module: EndpointSource
  readonly #source: ModuleSource
  readonly #stop: AbortController
  #atHand: Records | null = null

  /** @param from the state of an earlier one, as text; null: at the start */
  static async open(subject: Subject, place: TestPlace, from: string | null = null): Promise<Reading> {
    const stop = new AbortController()
    const options = await planModuleSource(uriOf(place, 'source'), subject.endpoint)
    assert.equal(options.delivery, subject.delivery.source, 'it promises something else')
    const restored = from === null ? null : (parseExact(from) as unknown as EndpointPosition)
    const resumable = options.delivery === 'resumable'
    const silent = (): void => undefined
    const given = { position: restored?.position ?? null, wantsPositions: resumable, verbose: silent }
    const module = await within(openEndpointSource(options, given, silent, stop.signal), () => 'open')
    const name = new ModuleName(options.endpoint.name, options.secrets)
    const taken = restored && { ...restored, taken: Number(restored.taken) }
    const source = new ModuleSource(module, { name, place: resumable ? options.place : null, restored: taken })
    return new Reading(module, source, stop)
  }

  private constructor(module: EndpointSource, source: ModuleSource, stop: AbortController) {
    this.#module = module
    this.#source = source
    this.#stop = stop
    opened.add(this)
  }

  /** So many messages, or as many as there are; stops amid a batch. Each is taken by a sink, as it were. */
  async take(count: number, acknowledging = true): Promise<Message[]> {
    const messages: Message[] = []
    await within(this.#fill(messages, count, acknowledging), () => `reading ${messages.length} of ${count} records`)
    return messages
  }

  async #fill(messages: Message[], count: number, acknowledging: boolean): Promise<void> {
    while (messages.length < count) {
      if (this.#atHand?.next()) {
        messages.push(messageAt(this.#atHand))
        continue
      }
      const records = await this.#source.read(this.#stop.signal)
      this.#atHand = typeof records === 'string' ? null : records
      if (records === null) return
      if (records === 'settle' && acknowledging) await this.acknowledge()
    }
  }

  /** Records that there may be without an acknowledgement. */
  get window(): number {
    return this.#module.window ?? Infinity
  }

  /** Where to go on, as a checkpoint has it. */
  state(): string {
    return exactText(this.#source.state().endpoint)
  }

  async acknowledge(): Promise<void> {
    const position = this.#source.acknowledgeable
    if (position !== undefined) await within(this.#module.acknowledge!(position), () => 'acknowledge')
  }

  /** Waits for more, and is told to end meanwhile. */
  async endWhileWaiting(): Promise<void> {
    const waiting = this.#source.read(this.#stop.signal)
    setImmediate(() => this.#stop.abort())
    let records = await within(waiting, () => 'read when the signal was aborted')
    while (records !== null) records = await within(this.#source.read(this.#stop.signal), () => 'read')
  }

  async close(): Promise<void> {
    opened.delete(this)
    this.#stop.abort()
    await within(this.#source.close(), () => 'close')
  }
}

/** A sink that is open. */
export class Writing {
  readonly sink: ModuleSink
  /** Why records were rejected. */
  readonly rejected: string[]
  readonly transaction: Transaction | undefined
  /** Whether batches cannot overtake each other. */
  readonly inOrder: boolean
  readonly #stop: AbortController

  /** @param checkpoint of a transactional sink */
  static async open(subject: Subject, place: TestPlace, checkpoint: string | null = null): Promise<Writing> {
    const stop = new AbortController()
    const options = await planModuleSink(uriOf(place, 'sink'), checkpoint, subject.endpoint)
    assert.equal(options.delivery, subject.delivery.sink, 'it promises something else')
    const module = await within(
      openEndpointSink(options, () => undefined, stop.signal),
      () => 'open'
    )
    const name = new ModuleName(options.endpoint.name, options.secrets)
    const rejected: string[] = []
    const bad = { goesOn: true, take: (error: Error) => void rejected.push(error.message) }
    const sink = new ModuleSink(module, name, bad, () => Promise.resolve())
    return new Writing(sink, rejected, module, stop)
  }

  private constructor(sink: ModuleSink, rejected: string[], module: EndpointSink, stop: AbortController) {
    this.sink = sink
    this.rejected = rejected
    this.transaction = module.transaction
    this.inOrder = (module.concurrency ?? 1) === 1
    this.#stop = stop
    opened.add(this)
  }

  /** Resolves when the sink has taken all of them. */
  async give(messages: readonly Partial<Message>[]): Promise<void> {
    const records = recordsOf(messages)
    while (!this.sink.write(records)) await within(this.sink.drain(), () => 'write')
  }

  async write(messages: readonly Partial<Message>[]): Promise<void> {
    await this.give(messages)
    await within(this.sink.flush(), () => 'write')
  }

  async close(): Promise<void> {
    opened.delete(this)
    this.#stop.abort()
    await within(this.sink.close(), () => 'close')
  }
}

export function recordsOf(messages: readonly Partial<Message>[]): MessageRecords {
  const records = new MessageRecords()
  records.open(messages, 0, 'conformance', 1)
  return records
}

/** So many records of a topic, each with a key, and at least so many bytes of value. */
export function numbered(count: number, bytes = 0, from = 0): Message[] {
  return Array.from({ length: count }, (_, i) => {
    const number = from + i
    return {
      ...{ key: Buffer.from(`key ${number}`), value: Buffer.from(JSON.stringify({ number }).padEnd(bytes)) },
      ...{ headers: [], timestamp: 1_700_000_000_000n + BigInt(number), topic: 'conformance', partition: 0 },
      offset: BigInt(number)
    }
  })
}

/** What tests compare. */
export function valuesOf(messages: readonly Partial<Message>[]): string[] {
  return messages.map(({ value }) => String(value).trimEnd())
}
