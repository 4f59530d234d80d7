/**
 * A clock that is set: the system's own cannot be. Loaded into the program (`jumping`), it moves the time of day by so many
 * hours at each SIGUSR2, one after the other. The monotonic clock and timers go on, as with a real one.
 */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Workdir } from './workdir.js'

const HOUR = 3_600_000

/** The environment of a program whose time of day jumps by these hours, at a SIGUSR2 each. */
export function jumping(hours: readonly number[]): NodeJS.ProcessEnv {
  const file = new Workdir().join('clock.mjs')
  writeFileSync(
    file,
    `const jumps = ${JSON.stringify(hours.map((each) => each * HOUR))}
    const { now } = Date
    let ahead = 0
    Date.now = () => now() + ahead
    process.on('SIGUSR2', () => {
      ahead += jumps.shift()
    })`
  )
  return { NODE_OPTIONS: `--import ${pathToFileURL(file).href}` }
}
