/** Numbered records for several readers: what all of them together must have read. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Producer, Kafka, logLevel } from 'kafkajs'
import { afterAll } from '@jest/globals'
import { bootstrap } from './broker.js'

const writing = new Set<NumberWriter>()

afterAll(async () => {
  // What a failed test left writing.
  for (const writer of writing) await writer.stop().catch(() => undefined)
})

/** Writes the numbers from 1 on to all partitions in turn, about 1500 a second, until it is told to stop. */
export class NumberWriter {
  count = 0
  readonly #producer: Producer
  #stopped = false
  #done: Promise<void> | undefined

  private constructor(server: string) {
    const client = new Kafka({ brokers: [server], logLevel: logLevel.NOTHING, retry: { retries: 50 } })
    this.#producer = client.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
  }

  static async start(topic: string, partitions: number, server = bootstrap): Promise<NumberWriter> {
    const writer = new NumberWriter(server)
    await writer.#producer.connect()
    writing.add(writer)
    writer.#done = writer.#write(topic, partitions)
    // Who stops it hears of it.
    writer.#done.catch(() => undefined)
    return writer
  }

  /** Resolves with how many were written. */
  async stop(): Promise<number> {
    this.#stopped = true
    writing.delete(this)
    await this.#done
    await this.#producer.disconnect()
    return this.count
  }

  async #write(topic: string, partitions: number): Promise<void> {
    while (!this.#stopped) {
      const messages = Array.from({ length: 30 }, (_, i) => {
        const number = this.count + i + 1
        return { partition: number % partitions, value: `${number}` }
      })
      await this.#producer.send({ topic, messages })
      this.count += messages.length
      await sleep(15)
    }
  }
}

/** Which numbers up to `count` are missing, and which are there more than once: the first of each, if any. */
export function wrong(count: number, readers: { stdout: string }[]): { missing: number[]; repeated: number[] } {
  const seen = new Uint8Array(count + 1)
  for (const { stdout } of readers) for (const line of stdout.split('\n').slice(0, -1)) seen[Number(line)]!++
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  return {
    missing: numbers.filter((number) => seen[number] === 0).slice(0, 10),
    repeated: numbers.filter((number) => seen[number]! > 1).slice(0, 10)
  }
}

/** What should be wrong. */
export const nothing = { missing: [], repeated: [] }

/** The lines of all of them. */
export function totalOf(readers: { stdout: string }[]): number {
  return readers.reduce((sum, { stdout }) => sum + stdout.split('\n').length - 1, 0)
}
