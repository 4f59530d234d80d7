/**
 * `node watchdog.ts FOLDER`: waits for the end of its standard input, then kills whatever runs with FOLDER as its TMPDIR
 * (on Linux) and removes FOLDER. A program of its own, since no handler in jest's process runs when that one is killed.
 */
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'

const folder = process.argv[2]!
process.stdin.resume()
await once(process.stdin, 'close')

for (const name of existsSync('/proc') ? readdirSync('/proc') : []) {
  try {
    const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
    if (environment.includes(`TMPDIR=${folder}`)) process.kill(Number(name), 'SIGKILL')
  } catch {
    // No process, or another user's, or ended by now.
  }
}
rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
