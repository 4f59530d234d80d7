// npm run fuzz [-- --cases N] [--seed S] [--only NAME] [--from I]: every decoder with 10 million hostile inputs, or N of
// them. The same seed gives the same cases; `--only NAME --seed S --from I --cases 1` is one of them again. They run on
// the sources, so nothing has to be built: Node strips the types.
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { install, node, run } from './toolchain.mjs'
import { importSources } from './typescript.mjs'

const TYPESCRIPT = '--experimental-transform-types'
const ALL = 10_000_000
/** Of a case, in seconds; and of the process, in bytes. */
const LONGEST = 30
const MOST_MEMORY = 1 << 30

if (!isMainThread) watch(new Int32Array(workerData))
else if (process.execArgv.includes(TYPESCRIPT)) await fuzz()
else {
  install()
  run(node, [
    TYPESCRIPT,
    '--expose-gc',
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2)
  ])
}

async function fuzz() {
  const { cases, seed, only, from } = parseArgs({
    options: { cases: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' }, from: { type: 'string' } }
  }).values
  const numbers = { cases: Number(cases ?? ALL), seed: Number(seed ?? Date.now() % 1_000_000), from: Number(from ?? 0) }
  if (!Object.values(numbers).every(Number.isSafeInteger))
    throw new Error('--cases, --seed and --from are to be numbers')
  importSources()
  const { allFuzzers } = await import('../test/fuzz/fuzzers.ts')
  const { runFuzzer } = await import('../test/fuzz/fuzzer.ts')
  // Most cases end in an error, and half of the time would go into where it was thrown.
  if (numbers.cases > 1000) Error.stackTraceLimit = 0
  const fuzzers = (await allFuzzers()).filter(({ name }) => only === undefined || name === only)
  if (fuzzers.length === 0) throw new Error(`there is no fuzzer '${only}'`)
  const whole = fuzzers.reduce((sum, fuzzer) => sum + fuzzer.cases, 0)
  // Which fuzzer, which case.
  const at = new Int32Array(new SharedArrayBuffer(8))
  const watchdog = new Worker(new URL(import.meta.url), { workerData: at.buffer, execArgv: [] })
  let total = 0
  for (const [index, fuzzer] of fuzzers.entries()) {
    const share = Math.ceil((numbers.cases * fuzzer.cases) / whole)
    const start = clocks()
    at[0] = index
    await runFuzzer(fuzzer, { ...numbers, cases: share }, (number) => {
      Atomics.store(at, 1, number)
      return number % 5000 === 0 ? collect() : undefined
    })
    total += share
    console.log(`${fuzzer.name}: ${share} cases of seed ${numbers.seed} in ${time(start)}`)
  }
  const { maxRSS } = process.resourceUsage()
  console.log(`${total} cases in ${time([0, 0])}, ${Math.round(maxRSS / 1024)} MB at most`)
  await watchdog.terminate()
}

/** What zlib and WebAssembly hold is freed after a collection, in a turn of its own; V8 does not know how much it is. */
async function collect() {
  globalThis.gc()
  await setImmediate()
}

/** Seconds of the clock, and of a processor. */
function clocks() {
  const { user, system } = process.cpuUsage()
  return [performance.now() / 1000, (user + system) / 1e6]
}

function time(since) {
  const [clock, processor] = clocks().map((now, i) => (now - since[i]).toFixed(1))
  return `${clock} s (${processor} s of a processor)`
}

/** Ends the process where a case does not end, or takes the memory: the thread that runs it cannot tell any more. */
function watch(at) {
  let last = ''
  let since = Date.now()
  setInterval(() => {
    const now = at.join()
    if (now !== last) [last, since] = [now, Date.now()]
    const memory = process.memoryUsage.rss()
    if (Date.now() - since < LONGEST * 1000 && memory < MOST_MEMORY) return
    writeSync(
      2,
      `case ${at[1]} of fuzzer ${at[0] + 1} does not end, or takes the memory: ${Math.round(memory / 2 ** 20)} MB\n`
    )
    process.kill(process.pid, 'SIGKILL')
  }, 1000)
}
