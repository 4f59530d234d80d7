// Topics by the thousand, made and filled through kafkajs: a run of sluice for each would take minutes.
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'

/** So many topics a request: a broker makes their partitions within its time. */
const AT_A_TIME = 100

export async function createTopics(bootstrap, names, partitions) {
  const admin = clientOf(bootstrap).admin()
  await admin.connect()
  for (let first = 0; first < names.length; first += AT_A_TIME) {
    const some = names.slice(first, first + AT_A_TIME)
    const topics = some.map((topic) => ({ topic, numPartitions: partitions }))
    await admin.createTopics({ topics, timeout: 60_000, waitForLeaders: false })
  }
  // kafkajs's own wait fails when the broker that it asks has not heard of a topic yet.
  while (!(await haveLeaders(admin, names))) await sleep(50)
  await admin.disconnect()
}

/** A record, the topic's name, into each partition of each topic. */
export async function writeOneEach(bootstrap, names, partitions) {
  const producer = clientOf(bootstrap).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  for (let first = 0; first < names.length; first += AT_A_TIME) {
    const topicMessages = names.slice(first, first + AT_A_TIME).map((topic) => ({
      topic,
      messages: Array.from({ length: partitions }, (_, partition) => ({ partition, value: topic }))
    }))
    await producer.sendBatch({ topicMessages })
  }
  await producer.disconnect()
}

async function haveLeaders(admin, names) {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names })
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  } catch (error) {
    if (['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'].includes(error.type)) return false
    throw error
  }
}

function clientOf(bootstrap) {
  // A broker names leaders before they have taken over.
  const retry = { retries: 20, maxRetryTime: 2000 }
  return new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, requestTimeout: 60_000, retry })
}
