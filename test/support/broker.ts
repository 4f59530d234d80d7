/**
 * The broker that all end-to-end tests share (start-broker.ts), and other programs' view of it. Topics are created and
 * looked at through kafkajs, written and read through kcat and Kafka's own tools, never through what is tested.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from '@jest/globals'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { jarsFolder } from './jars.js'
import { finished, type Result, type RunOptions } from './sluice.js'

/** HOST:PORT. */
export const bootstrap = process.env['SLUICE_TEST_BOOTSTRAP'] ?? 'start-broker.ts was not run'

/** For tests that compare with kcat, which not every machine has. */
export const testWithKcat = spawnSync('kcat', ['-V']).status === 0 ? test : test.skip

export interface TopicOptions {
  partitions?: number
  replicas?: number
  /** By partition, the brokers that have it, in place of `partitions` and `replicas`. */
  brokers?: number[][]
  config?: Record<string, string>
  /** What its name begins with. */
  name?: string
  /** Another cluster than the shared one. */
  server?: string
}

/** A name that no other test has. */
export function uniqueName(prefix = 'topic'): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

/** Creates a topic of one's own, waits until every partition has its leader, and gives its name. */
export async function createTopic(options: TopicOptions = {}): Promise<string> {
  const topic = uniqueName(options.name)
  await createTopicNamed(topic, options)
  return topic
}

/** Creates a topic of this very name. */
export async function createTopicNamed(topic: string, options: Omit<TopicOptions, 'name'> = {}): Promise<void> {
  const { partitions = 1, replicas = 1, brokers, config = {}, server } = options
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  const size = brokers
    ? { replicaAssignment: brokers.map((replicas, partition) => ({ partition, replicas })) }
    : { numPartitions: partitions, replicationFactor: replicas }
  const wanted = { topic, ...size, configEntries }
  await withAdmin(async (admin) => {
    await admin.createTopics({ topics: [wanted], waitForLeaders: false, timeout: 30_000 })
    // kafkajs's own wait fails when the broker that it asks has not heard of the topic yet.
    while (!(await hasLeaders(admin, topic))) await sleep(20)
  }, server)
}

/** Gives a topic more partitions, `count` in all, and waits until every one has its leader. */
export async function addPartitions(topic: string, count: number, server?: string): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic, count }], timeout: 30_000 })
    while (!(await hasLeaders(admin, topic, count))) await sleep(20)
  }, server)
}

/** Leaders are elected, and know it: a broker can name a leader before that one has taken over. */
async function hasLeaders(admin: Admin, topic: string, count = 1): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const { partitions } = topics[0]!
    if (partitions.length < count || partitions.some(({ leader }) => leader < 0)) return false
    await admin.fetchTopicOffsets(topic)
    return true
  } catch (error) {
    const soon = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']
    if (soon.includes((error as { type?: string }).type ?? '')) return false
    throw error
  }
}

/** For whatever else Kafka's administration offers. */
export async function withAdmin<T>(use: (admin: Admin) => Promise<T>, server = bootstrap): Promise<T> {
  const admin = new Kafka({ brokers: [server], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Runs kcat against the broker; with `-P`, `input` is what it produces. */
export function kcat(args: readonly string[], { input, within }: RunOptions = {}, server = bootstrap): Promise<Result> {
  return finished(spawn('kcat', ['-b', server, ...args]), input, within)
}

/**
 * Runs one of Kafka's own programs, by its class: `org.apache.kafka.tools.ConsoleProducer`,
 * `org.apache.kafka.tools.consumer.ConsoleConsumer`, `org.apache.kafka.tools.consumer.group.ConsumerGroupCommand`, ….
 * A second or two each: where kcat can do it, take that.
 */
export async function kafkaTool(name: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return finished(await startKafkaTool(name, args), options.input, options.within)
}

/** Starts one of them, and leaves the rest to the caller. */
export async function startKafkaTool(name: string, args: readonly string[]): Promise<ChildProcess> {
  return spawn('java', ['-XX:TieredStopAtLevel=1', '-Xmx128m', '-cp', await kafkaClasspath(), name, ...args])
}

/** Where their classes are. */
export async function kafkaClasspath(): Promise<string> {
  return join(await jarsFolder('kafka-tools'), '*')
}
