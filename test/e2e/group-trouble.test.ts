// What goes wrong around the members of a group: members that sleep, readers that block, and ends
// that come at any moment.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import { committed, committedTotal, describeGroup, leadStrangely, refuseCommits, settled } from '../support/groups.js'
import { Consumer, until } from '../support/long-runs.js'
import { NumberWriter, totalOf, wrong } from '../support/numbers.js'
import { values } from '../support/reading.js'
import { sluice, startSluice } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const short = ['-X', 'session.timeout.ms=6000', '-X', 'heartbeat.interval.ms=500']

test('a member that slept longer than its session joins again, and commits nothing of what others have', async () => {
  const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
  const args = [topic, '-g', group, '--reset', 'earliest', '--commit', 'auto:200ms', ...short]
  const [first, second] = [new Consumer(args), new Consumer(args)]
  await settled(group, 2)
  const writer = await NumberWriter.start(topic, 4)
  await Promise.all([first.wrote(300), second.wrote(300)])
  second.child.kill('SIGSTOP')
  let before: Record<string, number> = {}
  const look = async (): Promise<void> => {
    const now = await committed(group, topic)
    // Commits only ever go forward.
    for (const [partition, offset] of Object.entries(before)) expect(now[partition]).toBeGreaterThanOrEqual(offset)
    before = now
  }
  await until(async () => {
    await look()
    return (await describeGroup(group)).members.length === 1
  })
  const read = first.lines.length
  await first.wrote(read + 1000)
  second.child.kill('SIGCONT')
  await until(async () => {
    await look()
    return (await describeGroup(group)).members.length === 2
  })
  const count = await writer.stop()
  await until(async () => {
    await look()
    return (await committedTotal(group, topic)) === count
  })
  expect([await first.stop(), await second.stop()]).toEqual([130, 130])
  expect(wrong(count, [first, second]).missing).toEqual([])
})

test('a member whose reader blocks is alive, and others join all the same', async () => {
  const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
  const line = 'x'.repeat(1000)
  const fill = (partition: number): { partition: number; value: string }[] =>
    Array.from({ length: 500 }, (_, i) => ({ partition, value: `${i} ${line}` }))
  for (let part = 0; part < 4; part++) await write(topic, [...fill(0), ...fill(1)])
  const args = ['consume', topic, '-g', group, '--reset', 'earliest', '--commit', 'auto:100ms', ...short]
  // For how long the group waits for a member is the longest that any of them asks for.
  args.push('-X', 'max.poll.interval.ms=2000', '-f', '%p:%o %s\\n')
  // Nobody reads its output, so it is stuck with the first of it.
  const stuck = startSluice(args, { env })
  await settled(group, 1)
  await sessionToPass(topic)
  expect((await describeGroup(group)).members).toHaveLength(1)
  const other = new Consumer(args.slice(1))
  await other.wrote(2000)
  let text = ''
  stuck.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until(async () => (await committedTotal(group, topic)) === 4000)
  await other.stop()
  const ended = new Promise((resolve) => stuck.once('close', resolve))
  stuck.kill('SIGINT')
  await ended
  const places = [...text.split('\n').slice(0, -1), ...other.lines].map((each) => each.split(' ')[0])
  expect(new Set(places).size).toBe(4000)
})

/** Resolves once a broker has given up on a member with the `short` session that was killed after this call. */
async function sessionToPass(topic: string): Promise<void> {
  const group = uniqueName('group')
  const member = new Consumer([topic, '-g', group, ...short])
  await settled(group, 1)
  await member.stop('SIGKILL')
  await settled(group, 0)
}

test('an end at any moment leaves no member behind', async () => {
  const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
  await write(topic, [...values(0, 50), ...values(1, 50)])
  const consumers = [60, 90, 120, 150, 180, 210, 240, 280, 330, 400].map(async (delay) => {
    const consumer = new Consumer([topic, '-g', group, '--reset', 'earliest'])
    await sleep(delay)
    consumer.child.kill(delay % 60 === 0 ? 'SIGTERM' : 'SIGINT')
    await consumer.ended
    return consumer
  })
  const ended = await Promise.all(consumers)
  for (const { stderr } of ended) expect(stderr).toBe('')
  const { members } = await describeGroup(group)
  expect(members).toEqual([])
  const { code, stdout } = await sluice(['consume', topic, '-g', group, '--reset', 'earliest', '-e'], { env })
  expect(code).toBe(0)
  expect(totalOf([...ended, { stdout }])).toBe(100)
})

test('a group that one may not join is an error, in one line', async () => {
  const [topic, group] = [await createTopic(), uniqueName('group')]
  await refuseCommits(group)
  const run = await sluice(['consume', topic, '-g', group], { env })
  expect(run).toMatchObject({ code: 1, stdout: '' })
  expect(run.stderr).toMatch(new RegExp(`^sluice: .*${group}.*\n$`))
})

test('a leader whose assignment cannot be read ends the run, in a line that names it', async () => {
  const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
  const leader = await leadStrangely(group, topic, Buffer.from([0, 0, 0, 0, 0, 9]))
  try {
    await settled(group, 1)
    const member = new Consumer([topic, '-g', group, ...short])
    expect(await member.ended).toBe(1)
    expect(member.stderr).toMatch(
      /^sluice: what the leader kafkajs-\S+ of the group "\S+" assigned cannot be read: see which client that member is: [^\n]*\n$/
    )
  } finally {
    await leader.leave()
  }
})
