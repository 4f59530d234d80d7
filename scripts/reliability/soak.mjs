// A soak at full speed: numbered records are produced, copied to another topic exactly once, and read there by a group,
// all at the same time, for --minutes. Retention keeps the disk bounded, so what is written is held back when it gets too
// far ahead of what comes out. Every record has to come out once; memory has to stay flat: docs/soak.svg is drawn anew.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFiles, processorTime, residentMemory, transferred } from '../processes.mjs'
import { root } from '../toolchain.mjs'
import { chart } from './soak/chart.mjs'
import { numberedLines, Tally } from './soak/numbered.mjs'

const PROBE = new URL('soak/memory-probe.mjs', import.meta.url).href
const SAMPLE = 5_000
/** Minutes at the start that do not count, but at most a sixth of all: buffers are still being made. */
const WARM_UP = 5
/** Records on their way at most: 0.9 GB, well below what retention keeps. */
const AHEAD = 1 << 23
/** How long the last records may take to come out, ms. */
const END_WITHIN = 300_000

export const columns = [
  ...['process', 'MB/s', 'cores', 'resident MB, median', 'peak'],
  ...['growth, MB an hour', 'of V8’s heap', 'of buffers', 'open files']
]

export const scenarios = [
  {
    name: 'soak',
    settings: [
      'log.retention.bytes=805306368',
      'log.segment.bytes=67108864',
      'log.retention.check.interval.ms=5000',
      'log.segment.delete.delay.ms=1000'
    ],
    async run(at) {
      const { samples, sent, lost, repeated, seconds, codes } = await soak(at)
      writeFileSync(join(root, 'docs/soak.svg'), drawn(samples))
      const warmUp = Math.min(WARM_UP, at.minutes / 6)
      const rows = NAMES.map((name) => summary(name, samples, warmUp))
      return {
        rows,
        notes: [`${sent} records in ${seconds} s: ${lost} lost, ${repeated} repeated; exit codes ${codes}`]
      }
    }
  }
]

const NAMES = ['produce', 'pipe', 'consume']

async function soak(at) {
  for (const topic of ['soak-in', 'soak-out']) {
    const create = start(at, 'produce', topic, '--create-topic=4')
    create.child.stdin.end()
    await create.ended
  }
  const consume = start(at, 'consume', 'soak-out', '-g', 'soak', '--reset', 'earliest')
  const pipe = start(
    ...[at, 'pipe', 'kafka:soak-in', 'kafka:soak-out', '--delivery', 'exactly-once'],
    ...['--checkpoint', join(at.folder, 'soak.checkpoint'), '--checkpoint-interval', '2s']
  )
  const produce = start(at, 'produce', 'soak-in')
  const processes = { produce, pipe, consume }
  const tally = new Tally(2 * AHEAD)
  const take = tally.stream()
  const broken = new Promise((_, reject) => {
    consume.child.stdout.on('data', (chunk) => {
      try {
        take(chunk)
      } catch (error) {
        reject(error)
      }
    })
    for (const [name, { ended, said }] of Object.entries(processes)) {
      void ended.then((code) => reject(new Error(`${name} ended with ${code} before its time: ${said()}`)))
    }
  })
  broken.catch(() => undefined)

  const began = Date.now()
  const samples = []
  const sampler = setInterval(() => samples.push(sample(at, processes, Date.now() - began)), SAMPLE)
  let sent = 0
  const feed = async () => {
    for (const until = began + at.minutes * 60_000; Date.now() < until;) {
      if (sent - tally.low > AHEAD) {
        await sleep(5)
        continue
      }
      const lines = numberedLines(sent)
      sent += numberedLines.count
      if (!produce.child.stdin.write(lines)) await once(produce.child.stdin, 'drain')
    }
  }
  const allOut = async () => {
    for (const until = Date.now() + END_WITHIN; tally.low < sent && Date.now() < until;) await sleep(50)
  }
  try {
    await Promise.race([feed(), broken])
    clearInterval(sampler)
    produce.child.stdin.end()
    const codes = { produce: await produce.ended }
    await allOut()
    const seconds = Math.round((Date.now() - began) / 1000)
    for (const name of ['pipe', 'consume']) {
      processes[name].child.kill('SIGTERM')
      codes[name] = await processes[name].ended
    }
    const { received, repeated } = tally
    return {
      samples,
      sent,
      lost: sent - (received - repeated),
      repeated,
      seconds,
      codes: Object.values(codes).join(', ')
    }
  } finally {
    clearInterval(sampler)
    for (const { child } of Object.values(processes)) child.kill('SIGKILL')
  }
}

/** The plot: resident memory, and dashed what of it V8 knows: its heap, and buffers outside. */
function drawn(samples) {
  const points = (name, value) => samples.map((at) => [at.minute, value(at[name])])
  const series = NAMES.flatMap((name) => [
    { name, points: points(name, ({ resident }) => resident) },
    { name, points: points(name, ({ heap, external }) => heap + external), dashed: true }
  ])
  return chart('Memory of a soak: resident, and dashed V8’s heap with buffers', 'MB', series)
}

/** `said`: the end of what it wrote to stderr; `ended`: its exit code, or the signal that ended it. */
function start({ start: begin, bootstrap, folder }, ...args) {
  const probe = { NODE_OPTIONS: `--import ${PROBE}`, MEMORY_PROBE: join(folder, 'memory') }
  const child = begin(args, { env: { ...process.env, KAFKA_BOOTSTRAP_SERVERS: bootstrap, ...probe } })
  let text = ''
  child.stderr.on('data', (chunk) => (text = (text + chunk).slice(-2000)))
  // What ended early is told by its exit code.
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return { child, ended, said: () => text.trim() }
}

function sample({ folder }, processes, elapsed) {
  const entries = Object.entries(processes).map(
    ([
      name,
      {
        child: { pid }
      }
    ]) => {
      const [heap, external] = readFileSync(`${join(folder, 'memory')}.${pid}`, 'utf8')
        .trimEnd()
        .split('\n')
        .at(-1)
        .split(' ')
      const { resident } = residentMemory(pid)
      const { read, written } = transferred(pid)
      const v8 = { heap: heap / 1e6, external: external / 1e6 }
      return [name, { resident, ...v8, files: openFiles(pid), cpu: processorTime(pid), read, written }]
    }
  )
  return { minute: elapsed / 60_000, ...Object.fromEntries(entries) }
}

/** What one process took: its memory after the warm-up, how much it grew, and its speed. */
function summary(name, samples, warmUp) {
  const settled = samples.filter(({ minute }) => minute >= warmUp)
  const of = (what) => settled.map((at) => at[name][what])
  const [first, last] = [settled[0], settled.at(-1)]
  const seconds = (last.minute - first.minute) * 60
  const bytes = Math.max(last[name].read - first[name].read, last[name].written - first[name].written)
  const resident = of('resident').sort((a, b) => a - b)
  const growth = (what) => slope(settled.map((at) => [at.minute / 60, at[name][what]])).toFixed(1)
  return [
    name,
    (bytes / 1e6 / seconds).toFixed(0),
    ((last[name].cpu - first[name].cpu) / seconds).toFixed(2),
    ...[resident[Math.floor(resident.length / 2)], resident.at(-1)].map((megabytes) => megabytes.toFixed(0)),
    ...['resident', 'heap', 'external'].map(growth),
    [...new Set([Math.min(...of('files')), Math.max(...of('files'))])].join(' to ')
  ]
}

/** Of the line through these points that fits them best (least squares). */
function slope(points) {
  const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}
