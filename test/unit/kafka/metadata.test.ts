import { describe, expect, test } from '@jest/globals'
import { type TopicInfo, mergeTopic } from '../../../src/kafka/metadata.js'

function topic(
  leaders: [partition: number, leader: number, epoch: number][],
  over: Partial<TopicInfo> = {}
): TopicInfo {
  const partitions = leaders.map(([partition, leader, leaderEpoch]) => {
    return { partition, leader, leaderEpoch, errorCode: 0, replicas: [1, 2], isr: [1] }
  })
  return { name: 't', topicId: 'a', internal: false, errorCode: 0, partitions, ...over }
}

const leadersOf = ({ partitions }: TopicInfo): number[][] =>
  partitions.map(({ partition, leader, leaderEpoch }) => [partition, leader, leaderEpoch])

describe('news of a topic', () => {
  test('a later epoch wins, an earlier one does not take us back', () => {
    const known = topic([
      [0, 1, 5],
      [1, 1, 5],
      [2, 1, 5]
    ])
    const heard = topic([
      [0, 2, 6],
      [1, 2, 4],
      [2, -1, 6]
    ])
    expect(leadersOf(mergeTopic(known, heard))).toEqual([
      [0, 2, 6],
      [1, 1, 5],
      [2, -1, 6]
    ])
  })

  test('a topic that was created anew begins again', () => {
    const heard = topic([[0, 2, 0]], { topicId: 'b' })
    expect(leadersOf(mergeTopic(topic([[0, 1, 9]]), heard))).toEqual([[0, 2, 0]])
  })

  test('brokers that tell no epoch are believed', () => {
    expect(leadersOf(mergeTopic(topic([[0, 1, -1]]), topic([[0, 2, -1]])))).toEqual([[0, 2, -1]])
  })

  test('an error keeps what is known, and is gone with the next good answer', () => {
    const failed = mergeTopic(topic([[0, 1, 5]]), topic([], { errorCode: 3 }))
    expect([failed.errorCode, leadersOf(failed)]).toEqual([3, [[0, 1, 5]]])
    expect(mergeTopic(failed, topic([[0, 1, 5]])).errorCode).toBe(0)
  })

  test('partitions are sorted, and new ones are taken', () => {
    const heard = topic([
      [2, 1, 0],
      [0, 1, 5],
      [1, 2, 0]
    ])
    expect(leadersOf(mergeTopic(topic([[0, 1, 5]]), heard)).map(([partition]) => partition)).toEqual([0, 1, 2])
  })
})
