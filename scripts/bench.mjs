// npm run bench [-- --records N --rounds N --only TEXT]: paired runs of sluice and whatever peers are installed, on the
// same topics of a sandbox broker of its own. Prints a table of times, ratios (peer over sluice: above 1 sluice is
// faster) and peak memory. With --scale, the tables of docs/scale.md instead.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cases } from './bench/cases.mjs'
import { contest } from './bench/contest.mjs'
import { scale } from './bench/scale.mjs'
import { writeCommits, writeJson, writeLines } from './bench/data.mjs'
import { build, install, node, root } from './toolchain.mjs'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '5000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    scale: { type: 'boolean', default: false }
  }
})
const records = Number(flags.records)

install()
build()

const sluice = `${node} ${join(root, 'bin/run.js')}`
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
const port = await freePort()
const bootstrap = `127.0.0.1:${port}`
const run = (...args) =>
  execFileSync(node, [join(root, 'bin/run.js'), ...args], { encoding: 'utf8', maxBuffer: Infinity })

function has(program) {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}

/** Kafka's own tools, once the tests have fetched them. */
function consoleTools() {
  const cache = process.env.SLUICE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice')
  const folder = existsSync(cache) && readdirSync(cache).find((name) => /^kafka-tools-\w+$/.test(name))
  return folder ? join(cache, folder, '*') : undefined
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

let topics = 0
let groups = 0
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit((end(), 1)))
try {
  console.log('starting a broker and filling its topics…')
  run('sandbox', 'start', '--port', String(port), '--data', join(folder, 'broker'))
  const lines = join(folder, 'lines.txt')
  writeLines(lines, records)
  await (flags.scale ? measureScale(lines) : compare(lines))
} finally {
  end()
}

function end() {
  run('sandbox', 'stop', '--port', String(port), '--data', join(folder, 'broker'))
  rmSync(folder, { recursive: true, force: true })
}

async function measureScale(lines) {
  const status = run('sandbox', 'status', '--port', String(port), '--data', join(folder, 'broker'), '--json')
  const [{ pid }] = JSON.parse(status).brokers
  console.log(`${records} records of 100 bytes`)
  await scale({ sluice, bootstrap, brokerPid: pid, lines, bytes: statSync(lines).size, run })
}

async function compare(lines) {
  const jsonFile = join(folder, 'json.txt')
  const emptyScript = join(folder, 'empty.mjs')
  writeFileSync(emptyScript, '')
  writeJson(jsonFile, Math.ceil(records / 5))
  run('produce', '-b', bootstrap, 'bench-100', '--create-topic=4', lines)
  run('produce', '-b', bootstrap, 'bench-json', '--create-topic=4', '-K', '\t', jsonFile)
  run('produce', '-b', bootstrap, 'bench-one', '--create-topic=1', '--elements', 'one')
  const commits = join(folder, 'commits.csv')
  writeCommits(commits, 100, 10, 50)
  for (let topic = 0; topic < 10; topic++) {
    run('produce', '-b', bootstrap, `bench-lag-${topic}`, '--create-topic=50', '--sequence', '1:1000')
  }
  run('offsets', 'import', '-b', bootstrap, '-q', commits, '--execute')
  // The broker's own code for reading is compiled by then.
  for (let time = 0; time < 3; time++) run('consume', '-b', bootstrap, 'bench-100', '-e', '-O', '/dev/null')

  const at = {
    sluice,
    node,
    bootstrap,
    records,
    lines,
    emptyScript,
    kcat: has('kcat'),
    kcl: has('kcl'),
    jq: has('jq'),
    classpath: has('java') && consoleTools(),
    // A fresh topic for each run, so that nobody writes behind another's data.
    freshGroup: () => `bench-group-${++groups}`,
    freshTopic() {
      const topic = `bench-out-${++topics}`
      run('produce', '-b', bootstrap, topic, '--create-topic=4', '--elements', 'x')
      return topic
    }
  }
  console.log(`${records} records of 100 bytes, ${Math.ceil(records / 5)} of JSON; peers: ${peersFound(at)}\n`)
  console.log('| case | who | seconds | ratio | peak MB |\n|---|---|---:|---:|---:|')
  for (const { name, peers, rounds } of cases(at)) {
    if (!name.includes(flags.only)) continue
    const results = await contest(peers.filter(Boolean), rounds ?? Number(flags.rounds))
    for (const { name: who, seconds, ratio, megabytes } of results) {
      console.log(`| ${name} | ${who} | ${seconds.toFixed(2)} | ${ratio.toFixed(2)} | ${megabytes.toFixed(0)} |`)
    }
  }
}

function peersFound(at) {
  const found = [at.kcat && 'kcat', at.kcl && 'kcl', at.jq && 'jq', at.classpath && "Kafka's console tools"].filter(
    Boolean
  )
  return found.length > 0 ? found.join(', ') : 'none'
}
