/**
 * All there is of a hash, or of the strings whose keys match a pattern, once. What is there from beginning to end is given,
 * now and then twice (SCAN's guarantees); what comes or goes meanwhile, or not.
 */
import type { Batch, EndpointSource, Message } from '../../endpoint-module.js'
import { BatchSize } from './batch-size.js'
import type { Command, RedisClient } from './client.js'

/** One step of a scan: the command that goes on at a cursor, and the records of what it found. */
export interface Scan {
  command(cursor: string, count: string): Command
  records(client: RedisClient, found: Buffer[]): Promise<Partial<Message>[]>
}

export function hashScan(hash: string): Scan {
  return {
    command: (cursor, count) => ['HSCAN', hash, cursor, 'COUNT', count],
    records: (_client, found) => {
      const pairs = Array.from({ length: found.length / 2 }, (_, i) => ({
        ...{ topic: hash, key: found[2 * i]!, value: found[2 * i + 1]! }
      }))
      return Promise.resolve(pairs)
    }
  }
}

export function keysScan(pattern: string): Scan {
  return {
    command: (cursor, count) => ['SCAN', cursor, 'MATCH', pattern, 'COUNT', count, 'TYPE', 'string'],
    async records(client, found) {
      if (found.length === 0) return []
      const [values] = (await client.call([['MGET', ...found]])) as [(Buffer | null)[]]
      // Of those that are gone by now there is none.
      return found.flatMap((key, i) => (values[i] === null ? [] : { key, value: values[i]! }))
    }
  }
}

export class ScanSource implements EndpointSource {
  readonly #client: RedisClient
  readonly #scan: Scan
  readonly #size = new BatchSize()
  /** null: all was given. */
  #cursor: string | null = '0'

  constructor(client: RedisClient, scan: Scan) {
    this.#client = client
    this.#scan = scan
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    if (this.#cursor === null || signal.aborted) return null
    const [reply] = await this.#client.call([this.#scan.command(this.#cursor, `${this.#size.count}`)])
    const [next, found] = reply as [Buffer, Buffer[]]
    this.#cursor = next.toString() === '0' ? null : next.toString()
    const messages = await this.#scan.records(this.#client, found)
    this.#size.note(messages)
    return { messages }
  }

  async close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}
