/**
 * Topics as a source: what the fetcher brings, walked by one cursor over all partitions of a response.
 */
import type { Source } from '../flow/endpoint.js'
import type { FetchedPartition, Fetcher } from '../kafka/fetcher.js'
import { BatchRecords } from '../records/batch-reader.js'
import type { Records } from '../records/records.js'

class FetchedRecords extends BatchRecords {
  #partitions: FetchedPartition[] = []
  #at = 0

  openAll(partitions: FetchedPartition[]): void {
    this.#partitions = partitions
    this.#at = 0
  }

  protected override nextSet(): boolean {
    const fetched = this.#partitions[this.#at++]
    if (!fetched) return false
    const { topic, partition, bytes, start, end, from, until, aborted } = fetched
    this.open(topic, partition, bytes, start, end, from, until, aborted)
    return true
  }
}

export interface KafkaSourceOptions {
  /** The most records to give; Infinity: no limit. */
  limit: number
  /** Milliseconds without a record after which it ends; Infinity: never. */
  idleExit: number
}

export class KafkaSource implements Source {
  readonly #fetcher: Fetcher
  readonly #idleExit: number
  readonly #records = new FetchedRecords()

  constructor(fetcher: Fetcher, { limit, idleExit }: KafkaSourceOptions) {
    this.#fetcher = fetcher
    this.#idleExit = idleExit
    this.#records.limit = limit
  }

  get idle(): boolean {
    return this.#fetcher.idle
  }

  async read(signal: AbortSignal): Promise<Records | null> {
    if (this.#records.limit <= 0) return null
    const partitions = await this.#fetcher.next(signal, this.#idleExit)
    if (!partitions) return null
    this.#records.openAll(partitions)
    return this.#records
  }

  /** Errors about a record of Kafka's name its topic, partition and offset already. */
  locate(error: unknown): unknown {
    return error
  }

  close(): Promise<void> {
    this.#fetcher.close()
    return Promise.resolve()
  }
}
