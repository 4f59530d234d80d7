// The time of day jumps while runs go on: nothing they do goes by it but the timestamps that they write.
import { expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { jumping } from '../support/clock.js'
import { butRetries, ended, wrongNumbers } from '../support/exactly-once.js'
import { committedTotal, describeGroup, settled } from '../support/groups.js'
import { Consumer, LongRun, until } from '../support/long-runs.js'
import { NumberWriter, nothing, wrong } from '../support/numbers.js'
import { Workdir } from '../support/workdir.js'

test('set forward by hours, and back: a member stays, commits and checkpoints go on, --idle-exit waits as long as it says', async () => {
  const [topic, target] = [await createTopic({ partitions: 2 }), await createTopic()]
  const group = uniqueName('group')
  const writer = await NumberWriter.start(topic, 2)
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap, ...jumping([5, -10]) }
  const reading = [topic, '-g', group, '--reset', 'earliest', '--commit', 'auto:200ms', '--idle-exit', '8s']
  const consumer = new Consumer([...reading, '-X', 'session.timeout.ms=6000'], { env })
  const keeping = ['--delivery', 'exactly-once', '--checkpoint', new Workdir().join('checkpoint')]
  const pipe = new LongRun(
    ['pipe', `kafka:${topic}`, `kafka:${target}`, ...keeping, '--checkpoint-interval', '200ms'],
    { env }
  )
  await settled(group, 1)
  const bothGoOn = async (): Promise<void> => {
    const [read, copied, total] = [consumer.lines.length, await end(target), await committedTotal(group, topic)]
    await consumer.wrote(read + 500)
    await until(async () => (await end(target)) > copied + 500)
    await until(async () => (await committedTotal(group, topic)) > total)
  }
  await bothGoOn()
  for (const jump of ['forward', 'back']) {
    for (const { child } of [consumer, pipe]) child.kill('SIGUSR2')
    await bothGoOn()
    expect([jump, (await describeGroup(group)).members.length]).toEqual([jump, 1])
  }
  const count = await writer.stop()
  const start = performance.now()
  expect(await consumer.ended).toBe(0)
  expect(performance.now() - start).toBeGreaterThan(5000)
  expect(wrong(count, [consumer])).toEqual(nothing)
  expect(await committedTotal(group, topic)).toBe(count)
  await until(async () => (await wrongNumbers(target, count)).length === 0)
  expect(await pipe.stop('SIGTERM')).toBe(143)
  await ended(target)
  expect(await wrongNumbers(target, count)).toEqual([])
  expect([consumer.stderr, butRetries(pipe.stderr).replace(/^sluice: topic .* has 1 partition.*\n/, '')]).toEqual([
    '',
    ''
  ])
})

/** Where the topic's only partition ends. */
async function end(topic: string): Promise<number> {
  return Number((await withAdmin((admin) => admin.fetchTopicOffsets(topic)))[0]!.high)
}
