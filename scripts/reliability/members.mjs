// Many processes in one group, which read numbered records that are written all the time: how long until each has
// partitions, when they join, when ten are killed with -9, and when ten come instead; what is lost and what is read twice.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'
import { availableMemory, processorTime, residentMemory } from '../processes.mjs'
import { createTopics } from './load/many-topics.mjs'
import { LINE_BYTES, numberedLines, Tally } from './soak/numbered.mjs'

const PARTITIONS = 200
/** Records a second. */
const RATE = 2000
const TICK = 100
/** What a member needs, with room to spare. */
const MEGABYTES_A_MEMBER = 120
const SETTLE_WITHIN = 300_000
/** After each change, ms. */
const STEADY = 5_000

export const columns = ['members', 'what happens', 'all have partitions after, s', 'CPU s a member', 'MB a member']

export const scenarios = [1, 10, 50, 100].map((members) => ({
  name: `a group of ${members} under load`,
  run: (at) => group(at, members)
}))

async function group(at, count) {
  const needed = (count + 10) * MEGABYTES_A_MEMBER
  if (availableMemory() < needed) throw new Error(`${count} members need ${needed} MB of free memory`)
  await createTopics(at.bootstrap, ['shared'], PARTITIONS)
  const kafka = new Kafka({ brokers: [at.bootstrap], logLevel: logLevel.NOTHING, requestTimeout: 60_000 })
  const admin = kafka.admin()
  await admin.connect()
  const tally = new Tally(1 << 22)
  const feed = begin(at)
  let members = []
  const rows = []
  /** Makes a change, waits until the group has come to rest, and notes how long that took. */
  const change = async (what, happen) => {
    at.say(what)
    const since = Date.now()
    await happen()
    await settled(admin, members.length)
    const seconds = ((Date.now() - since) / 1000).toFixed(1)
    const { cpu, own } = await costs(members)
    rows.push([members.length, what, seconds, cpu, own])
  }
  const join = (number) => {
    for (let i = 0; i < number; i++) members.push(member(at, tally))
  }
  await change(`${count} join`, () => join(count))
  if (count > 10) {
    await change('10 are killed with -9', () => {
      for (const child of members.splice(0, 10)) child.kill('SIGKILL')
    })
    await change('10 join', () => join(10))
  }
  const sent = await feed.end()
  for (const until = Date.now() + SETTLE_WITHIN; tally.low < sent && Date.now() < until;) await sleep(50)
  const repeatedBefore = tally.repeated
  await change('all but one leave in order', async () => {
    const leaving = members.splice(1)
    for (const child of leaving) child.kill('SIGTERM')
    await Promise.all(leaving.map((child) => child.exitCode ?? once(child, 'close')))
  })
  members[0].kill('SIGTERM')
  await once(members[0], 'close')
  await admin.disconnect()
  const lost = sent - (tally.received - tally.repeated)
  return {
    rows,
    notes: [`${sent} records: ${lost} lost, ${tally.repeated} repeated (${repeatedBefore} by those killed)`]
  }
}

/** Numbered records, RATE a second, until `end`, which resolves with how many there were. */
function begin(at) {
  const child = at.start(['produce', 'shared', '--linger', '5ms', '--partitioner', 'round-robin'])
  let sent = 0
  let lines = numberedLines(0)
  const timer = setInterval(() => {
    const first = sent % numberedLines.count
    const last = Math.min(numberedLines.count, first + (RATE * TICK) / 1000)
    child.stdin.write(lines.subarray(first * LINE_BYTES, last * LINE_BYTES))
    sent += last - first
    if (last === numberedLines.count) lines = numberedLines(sent)
  }, TICK)
  return {
    async end() {
      clearInterval(timer)
      child.stdin.end()
      await once(child, 'close')
      return sent
    }
  }
}

function member(at, tally) {
  const session = ['-X', 'session.timeout.ms=10000']
  const child = at.start([
    'consume',
    'shared',
    '-g',
    'readers',
    '--reset',
    'earliest',
    '--commit',
    'auto:1s',
    ...session
  ])
  child.stdout.on('data', tally.stream())
  child.stderr.on('data', (text) => at.say(String(text).trimEnd()))
  return child
}

/** Resolves when the group rests with so many members, which have all partitions, and each some. */
async function settled(admin, members) {
  for (const until = Date.now() + SETTLE_WITHIN; Date.now() < until; await sleep(100)) {
    const { groups } = await admin.describeGroups(['readers']).catch(() => ({ groups: [{}] }))
    if (groups[0].state !== 'Stable' || groups[0].members.length !== members) continue
    const counts = groups[0].members.map(({ memberAssignment: bytes }) => {
      const { assignment } = bytes.length > 0 ? AssignerProtocol.MemberAssignment.decode(bytes) : { assignment: {} }
      return (assignment.shared ?? []).length
    })
    if (Math.min(...counts) > 0 && counts.reduce((sum, each) => sum + each) === PARTITIONS) return
  }
  throw new Error(`the group has not come to rest after ${SETTLE_WITHIN / 1000} s`)
}

/** Of a member, on average: processor seconds since it began, and megabytes of its own, once it has read for a while. */
async function costs(members) {
  await sleep(STEADY)
  const mean = (of) => members.reduce((sum, { pid }) => sum + of(pid), 0) / members.length
  return { cpu: mean(processorTime).toFixed(2), own: mean((pid) => residentMemory(pid).own).toFixed(0) }
}
