/**
 * Stand-ins for process.stdout and process.stderr where these are no terminals. oclif touches both as it loads, and
 * Node's own streams then make a pipe non-blocking for every process that shares it (its other writers fail with EAGAIN).
 */
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { writeAll } from './output.js'

export function standInForPipes(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2]
  ] as const) {
    if (!isatty(fd)) Object.defineProperty(process, name, { configurable: true, value: synchronous(fd) })
  }
}

function synchronous(fd: number): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        writeAll(fd, chunk)
        done()
      } catch (error) {
        done(error as Error)
      }
    }
  })
}
