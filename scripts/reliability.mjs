// npm run reliability [-- --only NAME --minutes N]: what happens when things fail or grow, measured against real brokers.
// Each file of scripts/reliability is a table of docs/reliability.md, printed here as Markdown; what is under way goes to
// stderr. NAME is that of a file, or part of a scenario's name; --minutes is how long the soak lasts.
//
// Such a file exports `columns` and `scenarios`, a list of { name, brokers, settings, run }: how many brokers the sandbox
// has that is started for it alone (1 if not said; 0: none), and lines of their server.properties. `run(at)` resolves with
// { rows, notes }: the cells of its rows behind its name, and lines to stand below the table.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, install, node, root } from './toolchain.mjs'

const { values: flags } = parseArgs({
  options: { only: { type: 'string', default: '' }, minutes: { type: 'string', default: '30' } }
})
const minutes = Number(flags.minutes)

install()
build()

const bin = join(root, 'bin/run.js')
const tables = join(root, 'scripts/reliability')
let cleanUp = () => undefined
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit((cleanUp(), 1)))

let found = 0
for (const file of readdirSync(tables).filter((name) => name.endsWith('.mjs'))) {
  const { columns, scenarios } = await import(join(tables, file))
  const isWhole = basename(file, '.mjs') === flags.only
  const wanted = scenarios.filter(({ name }) => isWhole || name.includes(flags.only))
  if (wanted.length === 0) continue
  found += wanted.length
  console.log(`\n| ${['scenario', ...columns].join(' | ')} |\n|---${'|---:'.repeat(columns.length)}|`)
  const below = []
  for (const scenario of wanted) {
    const { rows, notes = [] } = await measured(scenario)
    for (const cells of rows) console.log(`| ${[scenario.name, ...cells].join(' | ')} |`)
    if (notes.length > 0) below.push(`${scenario.name}:`, ...notes.map((note) => `    ${note}`))
  }
  if (below.length > 0) console.log(`\n${below.join('\n')}`)
}
if (found === 0) {
  console.error(`there is no scenario '${flags.only}'`)
  process.exit(2)
}

async function measured({ name, brokers = 1, settings = [], run }) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-reliability-'))
  const data = ['--data', join(folder, 'brokers')]
  const children = []
  const env = { ...process.env }
  /** Runs `sluice` to its end; gives its standard output. */
  const sluice = (...args) =>
    execFileSync(node, [bin, ...args], {
      env,
      encoding: 'utf8',
      maxBuffer: Infinity,
      stdio: ['ignore', 'pipe', 'pipe']
    })
  /** Starts `sluice`: the child, which ends with the scenario at the latest. */
  const start = (args, options = {}) => {
    const child = spawn(node, [bin, ...args], { env, ...options })
    children.push(child)
    return child
  }
  const say = (text) => console.error(`${new Date().toISOString().slice(11, 19)} ${name}: ${text}`)
  cleanUp = () => {
    for (const child of children) child.kill('SIGKILL')
    if (brokers > 0) sluice('sandbox', 'stop', '--delete', ...data)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    say('starting')
    if (brokers === 0) return await run({ folder, sluice, start, say })
    const set = settings.flatMap((line) => ['--set', line])
    const bootstrap = sluice('sandbox', 'start', '--port', '0', '--brokers', `${brokers}`, ...set, ...data).trim()
    env.KAFKA_BOOTSTRAP_SERVERS = bootstrap
    /** Of each: id, port, pid and log. */
    const running = JSON.parse(sluice('sandbox', 'status', '--json', ...data)).brokers
    return await run({ folder, bootstrap, brokers: running, sluice, start, say, minutes })
  } finally {
    cleanUp()
  }
}
