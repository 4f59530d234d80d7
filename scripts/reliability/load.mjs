// How commands grow with partitions, topics and groups: the time of each, its processor time, the broker's, and the memory it
// takes. docs/scale.md has what reading much costs; here it is what many of a thing cost.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { measure } from '../bench/contest.mjs'
import { processorTime, residentMemory } from '../processes.mjs'
import { node, root } from '../toolchain.mjs'
import { createTopics, writeOneEach } from './load/many-topics.mjs'
import { numberedLines } from './soak/numbered.mjs'

const CHUNKS = 20
const PARTITIONS_A_TOPIC = 2
const PARTITIONS_A_GROUP = 20
/** How long a consumer that has nothing to read is watched, ms. */
const WATCHED = 15_000

export const columns = ['number', 'command', 'seconds', 'CPU s', 'of the broker', 'peak MB']

export const scenarios = [
  { name: `partitions, ${CHUNKS * numberedLines.count} records`, run: partitions },
  { name: `topics of ${PARTITIONS_A_TOPIC} records`, run: topics },
  { name: `groups on ${PARTITIONS_A_GROUP} partitions`, run: groups }
]

async function partitions(at) {
  const rows = []
  const lines = join(at.folder, 'lines.txt')
  const chunks = Array.from({ length: CHUNKS }, (_, index) => numberedLines(index * numberedLines.count))
  writeFileSync(lines, Buffer.concat(chunks))
  for (const count of [1, 10, 100, 1000]) {
    const topic = `partitions-${count}`
    await createTopics(at.bootstrap, [topic], count)
    rows.push(await row(at, count, 'produce', `${topic} ${lines}`))
    rows.push(await row(at, count, 'consume', `${topic} -e`))
    rows.push(await row(at, count, 'discover', topic))
    at.sluice('consume', topic, '-g', `group-${count}`, '--assign', '--reset', 'earliest', '-e', '-O', '/dev/null')
    rows.push(await row(at, count, 'lag', `group-${count} --by partition`))
  }
  return { rows }
}

async function topics(at) {
  const rows = []
  for (const count of [10, 100, 1000]) {
    const names = Array.from({ length: count }, (_, index) => `of-${count}-${String(index).padStart(4, '0')}`)
    await createTopics(at.bootstrap, names, PARTITIONS_A_TOPIC)
    await writeOneEach(at.bootstrap, names, PARTITIONS_A_TOPIC)
    const pattern = `of-${count}-.*`
    rows.push(await row(at, count, 'consume', `--topic-pattern '${pattern}' -e`))
    rows.push(await row(at, count, 'discover', `'${pattern}'`))
    rows.push(await followed(at, count, pattern))
  }
  return { rows }
}

/** How soon a consumer reads a topic that is new, and how much of a second of processor time it takes while nothing is. */
async function followed(at, count, pattern) {
  const child = at.start(['consume', '--topic-pattern', pattern, '--discover', '1s', '-f', '%t\\n'])
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  while (out.split('\n').length <= count * PARTITIONS_A_TOPIC) await sleep(20)
  const before = [child.pid, at.brokers[0].pid].map(processorTime)
  await sleep(WATCHED)
  const share = (pid, index) => `${(((processorTime(pid) - before[index]) / WATCHED) * 100_000).toFixed(1)} %`
  const idle = [child.pid, at.brokers[0].pid].map(share)
  const fresh = `of-${count}-new`
  await createTopics(at.bootstrap, [fresh], 1)
  await writeOneEach(at.bootstrap, [fresh], 1)
  const since = Date.now()
  while (!out.includes(fresh)) await sleep(20)
  const found = ((Date.now() - since) / 1000).toFixed(2)
  const { peak } = residentMemory(child.pid)
  child.kill('SIGTERM')
  await once(child, 'close')
  return [count + 1, 'follows, `--discover 1s`', `found after ${found}`, ...idle, peak.toFixed(0)]
}

async function groups(at) {
  const rows = []
  await createTopics(at.bootstrap, ['grouped'], PARTITIONS_A_GROUP)
  for (const count of [10, 100, 500]) {
    const plan = join(at.folder, 'plan.csv')
    const line = (_, index) => {
      return `many-${Math.floor(index / PARTITIONS_A_GROUP)},grouped,${index % PARTITIONS_A_GROUP},0\n`
    }
    writeFileSync(plan, Array.from({ length: count * PARTITIONS_A_GROUP }, line).join(''))
    at.sluice('offsets', 'import', plan, '--execute', '-q')
    rows.push(await row(at, count, 'lag', ''))
    rows.push(await row(at, count, 'offsets list', ''))
  }
  return { rows }
}

async function row({ bootstrap, brokers: [{ pid }] }, number, command, rest) {
  const before = processorTime(pid)
  const program = `${node} ${join(root, 'bin/run.js')}`
  const { seconds, cpu, megabytes } = await measure(`${program} ${command} -b ${bootstrap} ${rest} > /dev/null`)
  const figures = [seconds, cpu, processorTime(pid) - before].map((value) => value.toFixed(2))
  return [number, `\`${command}\``, ...figures, megabytes.toFixed(0)]
}
