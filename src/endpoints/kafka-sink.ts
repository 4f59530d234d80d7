/**
 * A topic as a sink: gives each record its partition, timestamp and fixed fields, and hands it to the sender.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { counted } from '../counted.js'
import { BadRecordError, FailedError } from '../errors.js'
import type { Sink, SinkState } from '../flow/endpoint.js'
import { Pacer } from '../flow/pacer.js'
import { JsonPaths } from '../formats/json-paths.js'
import { partitionForKey } from '../kafka/partitioner.js'
import { APPENDED, NO_ROOM, type Sender } from '../kafka/sender.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records, WholeBatch } from '../records/records.js'
import type { Stamp } from './stamp.js'
import type { TwoPhase } from './two-phase.js'

/** How a record finds its partition; `fixed` is `subtask % partitions` whatever the record (semantics.md section 5). */
export type Partitioner =
  | { kind: 'default' }
  | { kind: 'round-robin' }
  | { kind: 'keep' }
  | { kind: 'fixed'; subtask: number }
  | { kind: 'partition'; partition: number }
  /** By a field of a JSON value, as if its text were the key. */
  | { kind: 'field'; path: string[] }

export interface RecordEncoder {
  /** Encodes the record at the cursor in place. Throws for a bad one. */
  encode(records: Records): void
}

export interface KafkaSinkOptions {
  partitioner: Partitioner
  stamp: Stamp | null
  /** null: keys and values are bytes already. */
  encoder: RecordEncoder | null
  /** Records a second; Infinity: no limit. */
  rate: number
  /** Whole batches may go through as they are, where nothing here needs to look inside. */
  copies: boolean
  /** null: what is acknowledged is final. */
  transaction: TwoPhase | null
}

export class KafkaSink implements Sink {
  readonly #sender: Sender
  readonly #partitionOf: (records: Records) => number
  readonly #stamp: Stamp | null
  readonly #pacer: Pacer | null
  /** The cursor stands on a record that is not taken yet, whose partition is known. */
  #held = false
  #partition = -1
  /** Where records without a key go until a batch is closed. */
  #sticky: number
  readonly #copies: boolean
  readonly #transaction: TwoPhase | null
  /** A batch for which there was no room. */
  #heldBatch: WholeBatch | null = null
  /** The last partition that the topic did not have yet, and the last one that was looked for. */
  #missing = -1
  #sought = -1

  constructor(sender: Sender, { partitioner, stamp, encoder, rate, copies, transaction }: KafkaSinkOptions) {
    this.#transaction = transaction
    this.#sender = sender
    const partitionOf = partitionFunction(partitioner, sender)
    this.#partitionOf = encoder ? encoding(encoder, partitioner, partitionOf) : partitionOf
    this.#stamp = stamp
    this.#pacer = rate === Infinity ? null : new Pacer(rate)
    this.#copies = copies && partitioner.kind === 'keep' && stamp === null && encoder === null && rate === Infinity
    this.#sticky = Math.floor(Math.random() * sender.partitionCount)
  }

  get failed(): Promise<void> {
    return this.#sender.failed
  }

  write(records: Records): boolean {
    const now = Date.now()
    const budget = this.#pacer ? this.#pacer.available() : Infinity
    let taken = 0
    try {
      while (this.#held || taken < budget) {
        if (!this.#held) {
          if (this.#copies && !this.#copy(records)) return false
          if (!records.next()) return true
          if (this.#stamp) this.#stamp(records)
          this.#partition = this.#partitionOf(records)
          taken++
        }
        // One that is refused is not offered again.
        this.#held = false
        this.#held = !this.#take(records, now)
        if (this.#held) return false
      }
      return false
    } finally {
      this.#pacer?.spend(taken)
    }
  }

  async drain(): Promise<void> {
    if (this.#missing >= this.#sender.partitionCount) {
      await this.#sender.lookFor(this.#missing)
      this.#sought = this.#missing
    } else if (this.#pacer && !this.#held) {
      this.#sender.push()
      await delay(this.#pacer.wait)
    } else {
      await this.#sender.drain()
    }
  }

  push(): void {
    this.#sender.push()
  }

  flush(): Promise<void> {
    return this.#sender.flush()
  }

  state(): SinkState {
    return { output: null, transaction: this.#transaction?.state() ?? null }
  }

  async commit(): Promise<void> {
    if (!this.#transaction) return
    await this.#transaction.commit()
    this.#sender.restart()
  }

  async close(): Promise<void> {
    this.#sender.close()
    await this.#transaction?.abort()
  }

  /** False: not that is known; `drain` looks again. Throws for one that was looked for in vain. */
  #has(partition: number): boolean {
    const count = this.#sender.partitionCount
    if (partition < count) return true
    if (partition === this.#sought) {
      const what = `the topic has no partition ${partition}, only ${counted(count, 'partition')}`
      throw new FailedError(what, 'use another --partitioner, or add partitions')
    }
    this.#missing = partition
    return false
  }

  /** Takes whole batches until there is none at hand (true) or no room (false). */
  #copy(records: Records): boolean {
    const most = this.#sender.wholeBatchBytes
    for (;;) {
      const batch = this.#heldBatch ?? records.nextBatch(most)
      if (batch === null) return true
      this.#heldBatch = batch
      const partition = kept(records)
      if (!this.#has(partition) || !this.#sender.appendBatch(partition, batch)) return false
      this.#heldBatch = null
    }
  }

  /** False: there is no room now. */
  #take(records: Records, now: number): boolean {
    const timestamp = timestampOf(records, now)
    const partition = this.#partition
    if (!this.#has(partition)) return false
    for (;;) {
      if (partition < 0 && !this.#sender.isFilling(this.#sticky)) this.#moveOn()
      const result = this.#sender.append(partition < 0 ? this.#sticky : partition, records, timestamp)
      if (result === APPENDED) return true
      if (result === NO_ROOM) return false
    }
  }

  /** After a batch, full or not: the partition with the least waiting, the next in turn among equals. */
  #moveOn(): void {
    const count = this.#sender.partitionCount
    let best = this.#sticky
    let least = Infinity
    for (let step = 1; step <= count; step++) {
      const partition = (this.#sticky + step) % count
      const waiting = this.#sender.backlog(partition)
      if (waiting < least) {
        least = waiting
        best = partition
      }
    }
    this.#sticky = best
  }
}

function timestampOf(records: Records, now: number): number | bigint {
  if (records.timestamp < 0) return now
  return records.timestamp <= Number.MAX_SAFE_INTEGER ? records.timestamp : records.exactTimestamp()
}

/** Encodes as well. A key decides by its bytes, as with Java clients, but a field is there only before. */
function encoding(
  encoder: RecordEncoder,
  { kind }: Partitioner,
  partitionOf: (records: Records) => number
): (records: Records) => number {
  return (records) => {
    const before = kind === 'field' ? partitionOf(records) : -1
    encoder.encode(records)
    return kind === 'field' ? before : partitionOf(records)
  }
}

/** The record's partition, or -1 for whichever has its turn. There can be more of them from one record to the next. */
function partitionFunction(
  partitioner: Partitioner,
  topic: Pick<Sender, 'partitionCount'>
): (records: Records) => number {
  switch (partitioner.kind) {
    case 'default':
      return ({ keyBytes, keyStart, keyEnd }) =>
        keyStart < 0 ? -1 : partitionForKey(keyBytes, keyStart, keyEnd, topic.partitionCount)
    case 'round-robin': {
      let turn = -1
      return () => (turn = (turn + 1) % topic.partitionCount)
    }
    case 'fixed':
      return () => partitioner.subtask % topic.partitionCount
    case 'partition':
      return () => partitioner.partition
    case 'keep':
      return kept
    case 'field':
      return byField(partitioner.path, topic)
  }
}

function kept({ partition }: Records): number {
  if (partition < 0) throw new FailedError('the record has no partition to keep', 'use another --partitioner')
  return partition
}

function byField(path: string[], topic: Pick<Sender, 'partitionCount'>): (records: Records) => number {
  const paths = new JsonPaths([path])
  const text = new ByteWriter(1 << 8)
  return ({ valueBytes, valueStart, valueEnd }) => {
    if (valueStart < 0) return -1
    const problem = paths.find(valueBytes, valueStart, valueEnd)
    if (problem !== undefined) {
      throw new BadRecordError(`the value ${problem}`, 'field:NAME takes its partition from a JSON value')
    }
    if (paths.isNull(0, valueBytes)) return -1
    text.clear()
    paths.writeText(0, valueBytes, text)
    return partitionForKey(text.bytes, 0, text.length, topic.partitionCount)
  }
}
