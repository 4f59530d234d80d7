/**
 * Before the end-to-end tests: one broker for all of them, started by the program itself, in a folder that goes with
 * the run. The folder is everybody's TMPDIR. stop-broker.ts ends the broker; a watchdog does that, and clears up what
 * else is left, when jest is interrupted or dies. SLUICE_TEST_KAFKA is another version of Kafka to test with. No import of
 * ours: jest loads this file without its module mapping.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Run = typeof globalThis & { watchdog?: ChildProcess }

export default function startBroker(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-run-'))
  // Its standard input is a pipe from this process: it ends with the process, whatever the reason.
  const watchdog = join(process.cwd(), 'test', 'support', 'watchdog.ts')
  ;(globalThis as Run).watchdog = spawn(process.execPath, [watchdog, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit']
  })
  process.env['TMPDIR'] = folder
  const version = process.env['SLUICE_TEST_KAFKA']
  const start = ['bin/run.js', 'sandbox', 'start', '--port', '0', '--data', join(folder, 'broker')]
  if (version) start.push('--kafka-version', version)
  const bootstrap = execFileSync(process.execPath, start, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  process.env['SLUICE_TEST_BOOTSTRAP'] = bootstrap.trim()
}
