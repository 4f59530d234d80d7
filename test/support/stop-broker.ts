/** After the end-to-end tests: their broker ends, and the watchdog removes their folder. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Run } from './start-broker.js'

export default async function stopBroker(): Promise<void> {
  const data = join(process.env['TMPDIR']!, 'broker')
  execFileSync(process.execPath, ['bin/run.js', 'sandbox', 'stop', '--quiet', '--delete', '--data', data])
  const watchdog = (globalThis as Run).watchdog!
  const gone = once(watchdog, 'exit')
  watchdog.stdin!.end()
  await gone
}
