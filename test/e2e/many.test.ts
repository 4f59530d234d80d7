// A thousand partitions, and topics by the hundred: each record once, and memory that does not grow with them.
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { writeNames } from '../support/client.js'
import { Consumer, until } from '../support/long-runs.js'
import { sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

/** Twice what one partition takes, and more than a thousand were measured to take; megabytes. */
const MOST_MEMORY = 180

const made: string[] = []

afterAll(() => withAdmin((admin) => admin.deleteTopics({ topics: made, timeout: 30_000 })), 60_000)

/** The most memory that a process has had, megabytes; 0 where the system does not tell. */
function peakOf({ child: { pid } }: Consumer): number {
  const file = `/proc/${pid}/status`
  return existsSync(file) ? Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))![1]) / 1024 : 0
}

test('1,000 partitions, of which a fifth has records: read by a group, committed and reported', async () => {
  const topic = await createTopic({ partitions: 1000 })
  made.push(topic)
  const input = Array.from({ length: 200 }, (_, number) => `${number}\n`).join('')
  succeeded(await sluice(['produce', topic, '--partitioner', 'round-robin'], { env, input, within: 120_000 }))
  const group = uniqueName()
  const consumer = new Consumer([topic, '-g', group, '--reset', 'earliest', '-f', '%p %s\\n'])
  await consumer.wrote(200)
  const peak = peakOf(consumer)
  expect(await consumer.stop()).toBe(130)
  const places = Array.from({ length: 200 }, (_, number) => `${number} ${number}`)
  expect(consumer.lines.toSorted()).toEqual(places.toSorted())
  expect(peak).toBeLessThan(MOST_MEMORY)
  const { stdout } = succeeded(await sluice(['lag', group, '--by', 'partition', '--json'], { env }))
  const rows = JSON.parse(stdout) as { partition: number; committed: number; lag: number }[]
  expect(rows.map(({ partition, committed, lag }) => [partition, committed, lag])).toEqual(
    Array.from({ length: 1000 }, (_, partition) => [partition, partition < 200 ? 1 : 0, 0])
  )
}, 180_000)

test('200 topics of a pattern, and one more while it runs', async () => {
  const id = uniqueName()
  const names = Array.from({ length: 200 }, (_, index) => `${id}-${index}`)
  await createAll(names)
  await writeNames(names)
  const consumer = new Consumer(['--topic-pattern', `${id}-.*`, '--discover', '300ms', '-f', '%t %s\\n'])
  await consumer.wrote(names.length)
  const late = `${id}-late`
  await createAll([late])
  await writeNames([late])
  await consumer.wrote(names.length + 1)
  const peak = peakOf(consumer)
  await consumer.stop()
  expect(consumer.lines.at(-1)).toBe(`${late} ${late}`)
  expect(consumer.lines.toSorted()).toEqual([...names, late].map((name) => `${name} ${name}`).toSorted())
  expect(peak).toBeLessThan(MOST_MEMORY)
}, 180_000)

/** Topics of one partition, all with a leader. */
async function createAll(names: string[]): Promise<void> {
  made.push(...names)
  await withAdmin(async (admin) => {
    await admin.createTopics({ topics: names.map((topic) => ({ topic })), waitForLeaders: false, timeout: 30_000 })
    await until(() =>
      admin.fetchTopicMetadata({ topics: names }).then(
        ({ topics }) => topics.every(({ partitions: [first] }) => first!.leader >= 0),
        () => false
      )
    )
  })
}
