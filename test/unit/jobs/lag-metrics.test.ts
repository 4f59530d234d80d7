import { expect, test } from '@jest/globals'
import { metricsText } from '../../../src/jobs/lag-metrics.js'
import type { PartitionLag } from '../../../src/jobs/lag-rows.js'

const row = (group: string | null, more: Partial<PartitionLag> = {}): PartitionLag => ({
  ...{ group, topic: 'orders', partition: 3, committed: 7n, checkpoint: null, start: 5n, end: 9_007_199_254_740_993n },
  ...{ lag: 9_007_199_254_740_986n, seconds: null, member: null, gone: false },
  ...more
})

const text = (...partitions: PartitionLag[]): string => metricsText({ time: 0, partitions, gone: [], unknown: [] })

test('names, help, type and exact numbers; a partition once, whoever reads it', () => {
  expect(text(row('a'), row('b', { committed: null }))).toBe(
    `# HELP kafka_consumergroup_current_offset The next offset to read, as the group has committed it.
# TYPE kafka_consumergroup_current_offset gauge
kafka_consumergroup_current_offset{consumergroup="a",topic="orders",partition="3"} 7
# HELP kafka_consumergroup_lag Records that the group has yet to read, by offsets; the whole log where it never committed.
# TYPE kafka_consumergroup_lag gauge
kafka_consumergroup_lag{consumergroup="a",topic="orders",partition="3"} 9007199254740986
kafka_consumergroup_lag{consumergroup="b",topic="orders",partition="3"} 9007199254740986
# HELP kafka_topic_partition_current_offset The end of the log.
# TYPE kafka_topic_partition_current_offset gauge
kafka_topic_partition_current_offset{topic="orders",partition="3"} 9007199254740993
# HELP kafka_topic_partition_oldest_offset The start of the log.
# TYPE kafka_topic_partition_oldest_offset gauge
kafka_topic_partition_oldest_offset{topic="orders",partition="3"} 5
`
  )
})

test('seconds and checkpoints where there are some', () => {
  const metrics = text(row(null, { seconds: 1.25, checkpoint: 8n }))
  expect(metrics).toContain('\nkafka_consumergroup_lag_seconds{consumergroup="",topic="orders",partition="3"} 1.25\n')
  expect(metrics).toContain(
    '\nkafka_consumergroup_checkpoint_offset{consumergroup="",topic="orders",partition="3"} 8\n'
  )
})

test('labels are escaped', () => {
  expect(text(row('a"b\\c\nd'))).toContain('kafka_consumergroup_lag{consumergroup="a\\"b\\\\c\\nd",')
})

test('what is not known is left out', () => {
  expect(text(row('a', { committed: null, start: null, end: null, lag: null }))).toBe('')
})
