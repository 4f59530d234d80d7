// Partitions, and shares of them, that are taken without joining the group.
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import { committed, committedTotal, describeGroup } from '../support/groups.js'
import { Consumer } from '../support/long-runs.js'
import { ranges, values } from '../support/reading.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const places = ['-f', '%t:%p:%o\\n']

describe('--assign takes partitions without joining', () => {
  test('two with the same group both read everything', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    await write(topic, [...values(0, 5), ...values(1, 5)])
    const args = [topic, '-g', group, '--assign', '--from', 'earliest', ...places]
    const both = [new Consumer(args), new Consumer(args)]
    for (const reader of both) await reader.wrote(10)
    expect((await describeGroup(group)).members).toEqual([])
    await Promise.all(both.map((reader) => reader.stop()))
    for (const { stdout } of both) expect(ranges(stdout)).toBe('0:0-4 1:0-4')
    expect(await committedTotal(group, topic)).toBe(10)
  })

  test('a partition that is named is read so as well, and committed', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    await write(topic, [...values(0, 5), ...values(1, 5)])
    const { stdout } = succeeded(await consume(topic, '-g', group, '-p', '1', '--from', 'earliest', '-e', ...places))
    expect(ranges(stdout)).toBe('1:0-4')
    expect(await committed(group, topic)).toEqual({ 1: 5 })
  })

  test('shares are those of the formula, and commit side by side', async () => {
    const [topic, group, shares] = [await createTopic({ partitions: 8 }), uniqueName('group'), 3]
    await write(
      topic,
      [0, 1, 2, 3, 4, 5, 6, 7].flatMap((partition) => values(partition, 5))
    )
    const seen: number[] = []
    for (let subtask = 0; subtask < shares; subtask++) {
      const share = ['--parallelism', `${shares}`, '--subtask', `${subtask}`]
      const args = [topic, '-g', group, '--assign', '--reset', 'earliest', '-e', '-f', '%p\\n', ...share]
      const lines = succeeded(await consume(...args))
        .stdout.trimEnd()
        .split('\n')
        .map(Number)
      expect([...new Set(lines)].every((partition) => owner(topic, partition, shares) === subtask)).toBe(true)
      seen.push(...lines)
    }
    expect(seen).toHaveLength(40)
    expect(await committedTotal(group, topic)).toBe(40)
    // Without a group as well.
    const share = ['--parallelism', '12', '--subtask', `${owner(topic, 5, 12)}`]
    expect(succeeded(await consume(topic, '-e', '-f', '%p\\n', ...share)).stdout).toBe('5\n'.repeat(5))
  })
})

/** Which of n readers a partition belongs to, as Flink's KafkaTopicPartitionAssigner has it. */
function owner(topic: string, partition: number, n: number): number {
  let hash = 0
  for (let i = 0; i < topic.length; i++) hash = (Math.imul(31, hash) + topic.charCodeAt(i)) | 0
  return (((Math.imul(hash, 31) & 0x7fffffff) % n) + partition) % n
}
