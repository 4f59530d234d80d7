// Faults of the network between sluice and its broker, made by a proxy: how long it takes to read, to write and to copy
// exactly once through it, and what is lost and what is there twice.
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { importSources } from '../typescript.mjs'
import { createTopics } from './load/many-topics.mjs'
import { LINE_BYTES, numberedLines, Tally } from './soak/numbered.mjs'

const PARTITIONS = 4
const MANY = 2_000_000
const FEW = 50_000

export const columns = ['MB', 'read, s', 'written, s', 'copied exactly once, s', 'lost', 'repeated']

export const scenarios = [
  scenario('none', MANY, () => undefined),
  scenario('50 ms each way', MANY, (proxy) => void (proxy.faults.latency = 50)),
  scenario('20 bytes at a time', FEW, (proxy) => void (proxy.faults.trickle = 20)),
  scenario('all connections reset each 300 ms', MANY, (proxy) => {
    const timer = setInterval(() => proxy.reset(), 300)
    return () => clearInterval(timer)
  }),
  scenario('the same each second, 50 ms each way', MANY, (proxy) => {
    proxy.faults.latency = 50
    const timer = setInterval(() => proxy.reset(), 1000)
    return () => clearInterval(timer)
  }),
  scenario('after 600 ms nothing comes through for 20 s', MANY, (proxy) => {
    setTimeout(() => (proxy.faults.latency = 20_000), 600)
    setTimeout(() => (proxy.faults.latency = 0), 700)
  })
]

/** @param begin sets the fault up; what it gives back ends it */
function scenario(fault, count, begin) {
  return { name: fault, brokers: 0, run: (at) => measured(at, count, begin) }
}

async function measured(at, count, begin) {
  importSources()
  const { startProxy } = await import('../../test/support/faulty-peer.ts')
  const { freePorts } = await import('../../src/sandbox/ports.ts')
  const [port] = await freePorts(1)
  const proxy = await startProxy(port)
  // A peer of tests keeps what it has received.
  proxy.received.push = () => 0
  const bootstrap = `127.0.0.1:${proxy.port}`
  const data = ['--data', join(at.folder, 'brokers')]
  const advertised = ['--set', `advertised.listeners=CLIENT://${bootstrap}`]
  try {
    await run(at, ['sandbox', 'start', '--port', `${port}`, ...advertised, ...data])
    const input = join(at.folder, 'input.txt')
    await write(input, count)
    await createTopics(bootstrap, ['source', 'written', 'copied'], PARTITIONS)
    await run(at, ['produce', 'source', input, '-b', bootstrap])
    const output = join(at.folder, 'output.txt')
    const checkpoint = ['--checkpoint', join(at.folder, 'checkpoint'), '--checkpoint-interval', '1s']
    const timed = async (...args) => {
      at.say(args[0])
      const end = begin(proxy)
      const since = performance.now()
      await run(at, [...args, '-b', bootstrap])
      const seconds = (performance.now() - since) / 1000
      end?.()
      Object.assign(proxy.faults, { latency: 0, trickle: Infinity })
      return seconds.toFixed(1)
    }
    const seconds = [
      await timed('consume', 'source', '-e', '-O', output),
      await timed('produce', 'written', input),
      await timed('pipe', 'kafka:source?exit', 'kafka:copied', '--delivery', 'exactly-once', ...checkpoint)
    ]
    const found = [await tallied(createReadStream(output))]
    for (const topic of ['written', 'copied']) {
      found.push(await tallied(at.start(['consume', topic, '-e', '-b', bootstrap]).stdout))
    }
    const lost = found.map(({ received, repeated }) => count - (received - repeated)).join(' / ')
    const repeated = found.map((tally) => tally.repeated).join(' / ')
    return { rows: [[Math.round((count * (LINE_BYTES - 1)) / 1e6), ...seconds, lost, repeated]] }
  } finally {
    await run(at, ['sandbox', 'stop', '--delete', ...data])
    await proxy.close()
  }
}

/** Runs `sluice` to its end, while the proxy goes on. Throws where it fails. */
async function run(at, args) {
  const child = at.start(args, { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.on('data', (text) => at.say(`${args[0]}: ${String(text).trimEnd()}`))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}`)
}

async function write(file, count) {
  const stream = createWriteStream(file)
  for (let first = 0; first < count; first += numberedLines.count) {
    if (!stream.write(numberedLines(first))) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
}

async function tallied(stream) {
  const tally = new Tally(1 << 22)
  const take = tally.stream()
  for await (const chunk of stream) take(chunk)
  return tally
}
