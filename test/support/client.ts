/** Another client's view of a broker, kafkajs's own: what tests write and read without the program that they test. */
import { randomUUID } from 'node:crypto'
import { type IHeaders, Kafka, type Message, type Producer, type ProducerConfig, logLevel } from 'kafkajs'
import { bootstrap, withAdmin } from './broker.js'

export type { Message } from 'kafkajs'

function clientOf(server: string): Kafka {
  return new Kafka({ brokers: [server], logLevel: logLevel.NOTHING })
}

/** kafkajs sends a whole request again when one partition of it has failed: without sequence numbers, twice. */
const exactlyOnce = { allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 }

async function withProducer(
  use: (producer: Producer) => Promise<void>,
  server: string,
  config?: ProducerConfig
): Promise<void> {
  const producer = clientOf(server).producer({ ...exactlyOnce, ...config })
  await producer.connect()
  try {
    await use(producer)
  } finally {
    await producer.disconnect()
  }
}

/** So many messages of a test's size make a batch that every topic takes. */
const MESSAGES_A_BATCH = 7000

/** Writes messages, those of a partition as one batch where they are not too many. */
export async function write(topic: string, messages: Message[], server = bootstrap): Promise<void> {
  await withProducer(async (producer) => {
    for (let from = 0; from < messages.length; from += MESSAGES_A_BATCH) {
      const batch = messages.slice(from, from + MESSAGES_A_BATCH)
      const written = (await producer.send({ topic, messages: batch })).map(({ partition }) => partition)
      // It leaves messages out, and says nothing, where it knows of no such partition.
      const lost = batch.find(({ partition }) => partition !== undefined && !written.includes(partition))
      if (lost) throw new Error(`kafkajs knows of no partition ${lost.partition} of ${topic}`)
    }
  }, server)
}

/** Writes a message into each topic, its name: a request for all of them. */
export async function writeNames(topics: readonly string[]): Promise<void> {
  const topicMessages = topics.map((topic) => ({ topic, messages: [{ partition: 0, value: topic }] }))
  await withProducer(async (producer) => void (await producer.sendBatch({ topicMessages })), bootstrap)
}

/** Writes messages in a transaction, which ends as said; one that is left open stays so for 15 minutes. */
export async function writeTransaction(
  topic: string,
  messages: Message[],
  end: 'commit' | 'abort' | 'leave open'
): Promise<void> {
  const config = {
    transactionalId: randomUUID(),
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: 900_000
  }
  await withProducer(
    async (producer) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages })
      if (end === 'commit') await transaction.commit()
      else if (end === 'abort') await transaction.abort()
    },
    bootstrap,
    config
  )
  if (end === 'leave open') return
  // The end is answered when it is decided. Its id can be used again once the partitions have heard of it.
  const next = async (producer: Producer): Promise<void> => (await producer.transaction()).abort()
  await withProducer(next, bootstrap, { ...config, retry: { retries: 20 } })
}

/** Moves the start of a partition's log. */
export async function deleteRecordsBefore(topic: string, partition: number, offset: number): Promise<void> {
  await withAdmin(async (admin) => {
    // Else kafkajs does not know the leader.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${offset}` }] })
  })
}

export interface ReadMessage {
  partition: number
  offset: string
  timestamp: string
  key: string | null
  value: string | null
  headers: IHeaders
}

/** All that a topic holds, by partition and offset. Not for one that ends in a transaction's marker. */
export async function readAll(topic: string, server = bootstrap): Promise<ReadMessage[]> {
  const client = clientOf(server)
  const admin = client.admin()
  await admin.connect()
  const open = new Map<number, bigint>()
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    if (low !== high) open.set(partition, BigInt(high))
  }
  await admin.disconnect()
  const messages: ReadMessage[] = []
  if (open.size === 0) return messages

  const consumer = client.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        // It goes on by itself, for one, while the coordinator of the cluster's first group is loading.
        if (!payload.restart) reject(payload.error)
      })
      void consumer.run({
        eachBatch: ({ batch }) => {
          for (const { key, value, ...message } of batch.messages) {
            const { offset, timestamp, headers = {} } = message
            messages.push({
              ...{ partition: batch.partition, offset, timestamp, headers },
              ...{ key: key && key.toString(), value: value && value.toString() }
            })
          }
          if (BigInt(batch.lastOffset()) + 1n >= open.get(batch.partition)!) open.delete(batch.partition)
          if (open.size === 0) resolve()
          return Promise.resolve()
        }
      })
    })
  } finally {
    await consumer.disconnect()
  }
  return messages.sort((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)))
}
