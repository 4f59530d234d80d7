// npm test [-- JEST ARGUMENTS]: everything, on a machine where nothing was done first. Its last line is jest's own count,
// `N passed, N failed`, in which a test file that could not run has failed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, build, install, node, root } from './toolchain.mjs'

ensureJava()
ensureOthers()
ensureServers()
install()
build()

const report = join(root, '.cache', 'jest.json')
mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(report, { force: true })
const status = attempt(node, [
  ...[
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning',
    'node_modules/jest/bin/jest.js'
  ],
  ...['--maxWorkers=3', '--json', `--outputFile=${report}`, ...process.argv.slice(2)]
])
const { passed, failed } = counts()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = status === 0 && passed > 0 && failed === 0 ? 0 : 1

function counts() {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

/** The tests' broker is a real one. */
function ensureJava() {
  const missing = missingOf(['java', 'mvn'], '-version')
  const packages = ['default-jre-headless', 'maven']
  if (missing.length === 0 || installed(packages)) return
  console.error(`the tests need ${missing.join(' and ')}: install them (Debian: apt-get install ${packages.join(' ')})`)
  process.exit(1)
}

/** What some tests use besides: a browser, shells that completion is for, programs that guides pipe to and compare with. */
function ensureOthers() {
  const missing = missingOf(['chromium', 'zsh', 'fish', 'jq', 'zstd', 'kcat', 'python3'], '--version')
  if (missing.length === 0 || installed(missing)) return
  console.log(`there is no ${missing.join(' and no ')}: the tests that need it are skipped`)
}

/** The servers that endpoints are tested against. Installing one starts it on some machines, but not while a policy forbids that. */
function ensureServers() {
  const packages = JSON.parse(readFileSync(join(root, 'test', 'support', 'packages.json'), 'utf8'))
  const missing = Object.keys(packages).filter((name) => !existsSync(packages[name]))
  if (missing.length === 0 || withoutServices(() => installed(missing))) return
  console.log(`there is no ${missing.join(' and no ')}: the tests that need it are skipped`)
}

function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d'
  const root = process.getuid?.() === 0
  if (!root || existsSync(policy)) return install()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return install()
  } finally {
    rmSync(policy)
  }
}

function missingOf(programs, version) {
  return programs.filter((program) => attempt(program, [version], { stdio: 'ignore' }) === 127)
}

/** Installs packages of the system, where that can be done. */
function installed(packages) {
  if (process.getuid?.() !== 0 || attempt('apt-get', ['--version'], { stdio: 'ignore' }) !== 0) return false
  console.log(`installing ${packages.join(' and ')} …`)
  attempt('apt-get', ['update', '-qq'])
  return attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]) === 0
}
