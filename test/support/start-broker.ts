/**
 * Before the end-to-end tests: one broker for all of them, started by the program itself, in a folder that goes with
 * the run. The folder is everybody's TMPDIR. stop-broker.ts ends the broker; a watchdog does that, and clears up what
 * else is left, when jest is interrupted or dies. jest loads this file without its module mapping: what it imports is
 * named by its file.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aclAuthorizer, kafkaVersion } from './kafka-version.ts'

/** Tests may refuse rights to names of their own, and a transaction's time that is up is seen soon. */
const settings = [
  `authorizer.class.name=${aclAuthorizer}`,
  'allow.everyone.if.no.acl.found=true',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms=200'
]

export type Run = typeof globalThis & { watchdog?: ChildProcess }

export default function startBroker(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-run-'))
  // Another user's server has its own folder in it.
  chmodSync(folder, 0o711)
  // Its standard input is a pipe from this process: it ends with the process, whatever the reason.
  const watchdog = join(process.cwd(), 'test', 'support', 'watchdog.ts')
  ;(globalThis as Run).watchdog = spawn(process.execPath, [watchdog, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit']
  })
  process.env['TMPDIR'] = folder
  const data = join(folder, 'broker')
  const start = ['start', '--port', '0', '--data', data, ...settings.flatMap((setting) => ['--set', setting])]
  if (kafkaVersion) start.push('--kafka-version', kafkaVersion)
  let bootstrap = sandbox(start)
  const { archive } = JSON.parse(readFileSync(join(data, 'sandbox.json'), 'utf8')) as { archive?: string }
  if (archive) {
    // The machine's first: when it ends in order it leaves what all others start faster with, of which there are many.
    sandbox(['stop', '--data', data])
    bootstrap = sandbox(start)
  }
  process.env['SLUICE_TEST_BOOTSTRAP'] = bootstrap
  makeInternalTopics(bootstrap)
}

function sandbox(args: readonly string[]): string {
  const command = ['bin/run.js', 'sandbox', ...args]
  return execFileSync(process.execPath, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
}

/** They are made when they are first used, which on a busy machine lasts long enough to be told by whoever comes first. */
function makeInternalTopics(bootstrap: string): void {
  const env = { ...process.env, KAFKA_BOOTSTRAP_SERVERS: bootstrap }
  for (const args of [
    ['produce', 'first', '--create-topic=1', '--delivery', 'exactly-once', '--elements', 'a'],
    ['consume', 'first', '-g', 'first', '--reset', 'earliest', '-e']
  ]) {
    execFileSync(process.execPath, ['bin/run.js', ...args], { env, stdio: 'ignore' })
  }
}
