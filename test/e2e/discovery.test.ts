// Partitions and topics that appear, or go, while consume runs without a group.
import { describe, expect, test } from '@jest/globals'
import { addPartitions, bootstrap, createTopic, createTopicNamed, uniqueName, withAdmin } from '../support/broker.js'
import { write } from '../support/client.js'
import { Consumer, until } from '../support/long-runs.js'
import { ranges, values } from '../support/reading.js'
import { type Result, sluice } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const places = ['-f', '%t:%p:%o\\n']
const often = ['--discover', '300ms']

const remove = (topic: string): Promise<void> =>
  withAdmin((admin) => admin.deleteTopics({ topics: [topic], timeout: 30_000 }))

describe('what appears is read from its beginning', () => {
  test.each(['latest', 'earliest', '@4102444800000', '0:2'])('new partitions, with --from %s', async (from) => {
    const topic = await createTopic()
    await write(topic, values(0, 3))
    const consumer = new Consumer([topic, '--from', from, ...often, ...places, '-v'])
    await consumer.said(/ready/)
    await addPartitions(topic, 3)
    // Some before they are found, some after.
    await write(topic, [...values(1, 5), ...values(2, 5)])
    await until(() => consumer.lines.filter((line) => !line.startsWith(`${topic}:0:`)).length >= 10)
    await write(topic, [...values(1, 5, 5), ...values(2, 5, 5), ...values(0, 1, 3)])
    await until(() => consumer.lines.includes(`${topic}:0:3`) && consumer.lines.length >= 21)
    await consumer.stop()
    const old = from === 'earliest' ? '0-3' : from === '0:2' ? '2-3' : '3'
    expect(ranges(consumer.stdout)).toBe(`0:${old} 1:0-9 2:0-9`)
  })

  test('new topics of a pattern, one that matches nothing at first included', async () => {
    const id = uniqueName()
    const consumer = new Consumer(['--topic-pattern', `${id}-\\d+`, '--from', 'latest', ...often, ...places, '-v'])
    await consumer.said(/ready/)
    const expected: string[] = []
    for (const number of [1, 2, 3]) {
      const topic = `${id}-${number}`
      await createTopicNamed(topic, { partitions: 2 })
      await write(topic, [...values(0, 2), ...values(1, 2)])
      expected.push(...[0, 1].flatMap((partition) => [0, 1].map((offset) => `${topic}:${partition}:${offset}`)))
      await consumer.wrote(expected.length)
    }
    await createTopicNamed(`${id}-x`)
    await write(`${id}-x`, values(0, 2))
    await write(`${id}-1`, values(0, 1, 2))
    expected.push(`${id}-1:0:2`)
    await consumer.wrote(expected.length)
    await consumer.stop()
    expect(consumer.lines.toSorted()).toEqual(expected.toSorted())
  })

  test('nothing is missed, nor repeated, while partitions are added and written to', async () => {
    const topic = await createTopic()
    const consumer = new Consumer([topic, '--from', 'latest', '--discover', '50ms', ...places, '-v'])
    await consumer.said(/ready/)
    let written = 0
    for (let count = 2; count <= 8; count++) {
      await addPartitions(topic, count)
      for (let part = 0; part < 5; part++) {
        await write(topic, values(count - 1, 4, part * 4))
        written += 4
      }
    }
    await consumer.wrote(written)
    await consumer.stop()
    expect(ranges(consumer.stdout)).toBe([1, 2, 3, 4, 5, 6, 7].map((partition) => `${partition}:0-19`).join(' '))
    expect(consumer.lines).toHaveLength(written)
    expect(consumer.stderr).not.toMatch(/error|fail/i)
  })

  test('shares of new partitions go to those whom the formula gives them', async () => {
    const topic = await createTopic()
    const share = (subtask: number): Consumer =>
      new Consumer([topic, '--parallelism', '2', '--subtask', `${subtask}`, ...often, ...places, '-v'])
    const both = [share(0), share(1)]
    for (const consumer of both) await consumer.said(/ready/)
    await addPartitions(topic, 4)
    await write(
      topic,
      [0, 1, 2, 3].flatMap((partition) => values(partition, 3))
    )
    for (const consumer of both) await consumer.wrote(6)
    await Promise.all(both.map((consumer) => consumer.stop()))
    expect(ranges(both.map(({ stdout }) => stdout).join(''))).toBe('0:0-2 1:0-2 2:0-2 3:0-2')
  })

  test('a checkpoint knows them', async () => {
    const topic = await createTopic()
    const positions = new Workdir().join('positions')
    const args = [topic, '--from', 'latest', '--checkpoint', positions, ...often, ...places]
    const consumer = new Consumer([...args, '-v'])
    await consumer.said(/ready/)
    await addPartitions(topic, 2)
    await write(topic, values(1, 3))
    await consumer.wrote(3)
    await consumer.stop()
    await write(topic, values(1, 3, 3))
    const again = new Consumer(args)
    await again.wrote(3)
    await again.stop()
    expect(ranges(again.stdout)).toBe('1:3-5')
  })
})

describe('without discovery', () => {
  test.each([
    ['--discover 0', ['--discover', '0']],
    ['a bounded run', ['--until', '0:4,1:0,2:0']]
  ])('%s: new partitions are not read', async (_, args) => {
    const topic = await createTopic({ partitions: 1 })
    const until = args[0] === '--until' ? ['--until', '4'] : args
    const consumer = new Consumer([topic, ...until, ...places, '-v'])
    await consumer.said(/ready/)
    await addPartitions(topic, 2)
    await write(topic, values(1, 3))
    await write(topic, values(0, 3))
    await consumer.wrote(3)
    await write(topic, values(0, 1, 3))
    await consumer.wrote(4)
    if (until === args) await consumer.stop()
    else expect(await consumer.ended).toBe(0)
    expect(ranges(consumer.stdout)).toBe('0:0-3')
  })

  test('a pattern that matches nothing is an error', async () => {
    for (const args of [['--discover', '0'], ['-e']]) {
      const run = await consume('--topic-pattern', `${uniqueName('nothing')}.*`, ...args)
      expect(run).toMatchObject({ code: 1, stdout: '' })
      expect(run.stderr).toMatch(/^sluice: no topic matches .+\n$/)
    }
  })
})

describe('a topic that is deleted', () => {
  test.each([[often], [['--discover', '300ms', '--parallelism', '1', '--subtask', '0']]])(
    'and was named ends the run, after what was read %p',
    async (args) => {
      const [topic, other] = [await createTopic(), await createTopic()]
      await write(topic, values(0, 3))
      const consumer = new Consumer([topic, other, ...args, '-f', '%o\\n'])
      await consumer.wrote(3)
      await remove(topic)
      expect(await consumer.ended).toBe(1)
      expect(consumer.stdout).toBe('0\n1\n2\n')
      expect(consumer.stderr).toMatch(new RegExp(`^sluice: .*${topic}.*\n$`))
    }
  )

  test('and was found by a pattern is told once, and the rest is read on', async () => {
    const id = uniqueName()
    const [gone, stays] = [`${id}-gone`, `${id}-stays`]
    for (const topic of [gone, stays]) {
      await createTopicNamed(topic)
      await write(topic, values(0, 3))
    }
    const consumer = new Consumer(['--topic-pattern', `${id}-.*`, ...often, ...places])
    await consumer.wrote(6)
    await remove(gone)
    await consumer.said(new RegExp(`${gone} \\[0\\] is gone`))
    await write(stays, values(0, 3, 3))
    await consumer.wrote(9)
    // Several more looks.
    await createTopicNamed(`${id}-new`)
    await write(`${id}-new`, values(0, 3))
    await consumer.wrote(12)
    expect(consumer.stderr.match(new RegExp(gone, 'g'))).toHaveLength(1)
    expect(await consumer.stop()).toBe(130)
  })
})
