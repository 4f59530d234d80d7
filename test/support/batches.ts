/** Record batches to write to a broker without a producer. */
import { kafkaError } from '../../src/kafka/errors.js'
import { Metadata } from '../../src/kafka/metadata.js'
import { produceApi } from '../../src/kafka/requests/produce.js'
import { retry } from '../../src/kafka/retry.js'
import { createTopic } from '../../src/kafka/topics.js'
import type { Wire } from '../../src/kafka/wire.js'
import { NO_PRODUCER, type Stamp } from '../../src/records/batch-header.js'
import { BatchWriter } from '../../src/records/batch-writer.js'
import { Records } from '../../src/records/records.js'

/** Records without a key, all with a value of so many bytes. */
class Values extends Records {
  #left: number

  constructor(count: number, size: number) {
    super()
    this.#left = count
    this.valueBytes = Buffer.alloc(size, 'x')
    this.valueStart = 0
    this.valueEnd = size
  }

  override next(): boolean {
    return this.#left-- > 0
  }
}

/** As few batches as hold so many records. The n-th record (from 0) has the n-th timestamp, or `now` beyond them. */
export function batches(
  count: number,
  size: number,
  { timestamps = [] as number[], ...stamp }: Partial<Stamp> & { timestamps?: number[] } = {}
): Buffer[] {
  const values = new Values(count, size)
  const writer = new BatchWriter()
  const made: Buffer[] = []
  const finish = (): void => {
    const batch = writer.finish('none')
    writer.stamp({ ...NO_PRODUCER, ...stamp })
    made.push(Buffer.from(batch))
    writer.reset()
  }
  for (let index = 0; values.next(); index++) {
    const timestamp = timestamps[index] ?? Date.now()
    if (writer.append(values, timestamp)) continue
    finish()
    writer.append(values, timestamp)
  }
  if (writer.count > 0) finish()
  return made
}

/** Writes a batch with acks=all. Throws what the broker has against it; a new leader may not know of its topic yet. */
export async function append(
  wire: Wire,
  topic: string,
  partition: number,
  batch: Buffer,
  transactionalId: string | null = null
): Promise<void> {
  const metadata = new Metadata(wire)
  const topics = [{ topic, partitions: [{ partition, batch }] }]
  const args = { transactionalId, acks: -1 as const, timeout: 10_000, topics }
  const once = async (): Promise<void> => {
    await metadata.refresh([topic])
    const node = metadata.leader(topic, partition)?.nodeId ?? -1
    const { partitions } = await wire.call(node, produceApi, args)
    const { errorCode, errorMessage } = partitions[0]!
    if (errorCode !== 0) throw kafkaError(errorCode, { topic, partition, detail: errorMessage })
  }
  await retry(once, { deadline: 20_000 })
}

/** True: the topic was created now. */
export async function ensureTopic(wire: Wire, topic: string, partitions: number): Promise<boolean> {
  const metadata = new Metadata(wire)
  await metadata.refresh([topic])
  if (metadata.partitions(topic).length > 0) return false
  await createTopic(wire, metadata, topic, partitions)
  return true
}
