// What happens at the other end: a disk that is full and then has space, a reader of standard output that is slow, and one
// that is so slow that retention passes it.
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMemory } from '../processes.mjs'
import { node, root } from '../toolchain.mjs'
import { createTopics } from './load/many-topics.mjs'
import { numberedLines, Tally } from './soak/numbered.mjs'

const RECORDS = 2_000_000
const PARTITIONS = 4
/** What the slow reader takes, bytes and ms. */
const SIP = 1 << 20
const PAUSE = 50

export const columns = ['records', 'seconds', 'peak MB', 'lost', 'repeated', 'it said']

export const scenarios = [
  { name: 'a disk of 64 MB is full, then has space', run: fullDisk },
  { name: 'a reader of standard output takes 20 MB/s at most', run: slowReader },
  {
    name: 'retention passes a reader',
    settings: [
      'log.retention.bytes=16777216',
      'log.segment.bytes=4194304',
      'log.retention.check.interval.ms=1000',
      'log.segment.delete.delay.ms=0',
      'log.initial.task.delay.ms=500'
    ],
    run: passed
  }
]

/** Both runs are in a mount namespace of their own, where a file system of that size is the disk. */
async function fullDisk(at) {
  await fill(at, PARTITIONS)
  const consume = `"${node}" "${join(root, 'bin/run.js')}" consume orders -e -O "$0/out"`
  const script = [
    'run() {',
    `${consume} --checkpoint "$0/positions" --checkpoint-interval 100ms; echo "exit code $?" >&2`,
    '}',
    'mount -t tmpfs -o size=64m disk "$0" && run',
    'mount -o remount,size=1g "$0" && run',
    'cat "$0/out"'
  ]
  const env = { ...process.env, KAFKA_BOOTSTRAP_SERVERS: at.bootstrap }
  const child = spawn('unshare', ['-rm', 'sh', '-c', script.join('\n'), at.folder], {
    ...{ env, stdio: ['ignore', 'pipe', 'pipe'] }
  })
  return told(child)
}

async function slowReader(at) {
  await fill(at, PARTITIONS)
  return told(at.start(['consume', 'orders', '-e']), () => sleep(PAUSE))
}

/** It is written at full speed while it is read slowly, and keeps 16 MB. */
async function passed(at) {
  await createTopics(at.bootstrap, ['orders'], 1)
  const consume = at.start(['consume', 'orders', '--idle-exit', '5s'])
  const [row] = await Promise.all([told(consume, () => sleep(PAUSE)), fill(at, 1)])
  return row
}

async function fill(at, partitions) {
  const child = at.start(['produce', 'orders', `--create-topic=${partitions}`], {
    stdio: ['pipe', 'ignore', 'inherit']
  })
  for (let first = 0; first < RECORDS; first += numberedLines.count) {
    if (!child.stdin.write(numberedLines(first))) await once(child.stdin, 'drain')
  }
  child.stdin.end()
  await once(child, 'close')
}

/** What a child put out, each chunk of which is waited for: a row. */
async function told(child, pause = () => undefined) {
  const since = performance.now()
  const said = []
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, residentMemory(child.pid).peak)), 50)
  child.stderr.on('data', (text) => said.push(String(text).trimEnd()))
  child.once('exit', () => clearInterval(timer))
  const tally = new Tally(1 << 22)
  const take = tally.stream()
  let taken = 0
  for await (const chunk of child.stdout) {
    take(chunk)
    taken += chunk.length
    if (taken < SIP) continue
    taken -= SIP
    await pause()
  }
  if (child.exitCode === null) await once(child, 'close')
  const seconds = (performance.now() - since) / 1000
  const lost = RECORDS - (tally.received - tally.repeated)
  return { rows: [[RECORDS, seconds.toFixed(1), peak.toFixed(0), lost, tally.repeated, said.join('; ')]] }
}
