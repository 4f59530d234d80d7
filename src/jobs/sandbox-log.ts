/** The log of a sandbox's broker, also after the broker has ended. */
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../errors.js'
import { logFile } from '../sandbox/state.js'

export interface LogOptions {
  folder: string
  /** The broker's id. */
  broker: number
  /** Only so many lines of the end; undefined: all. */
  lines: number | undefined
  /** Goes on with what is added, until `signal` is aborted. */
  follow: boolean
  signal: AbortSignal
}

export async function* readLog({ folder, broker, lines, follow, signal }: LogOptions): AsyncGenerator<Buffer> {
  const log = logFile(folder, broker)
  const file = await open(log).catch((cause: unknown) => {
    throw new FailedError(`there is no log of a broker ${broker} in ${folder}`, 'start a sandbox there', { cause })
  })
  try {
    const whole = await file.readFile()
    yield lines === undefined ? whole : lastLines(whole, lines)
    const block = Buffer.allocUnsafe(64 << 10)
    for (let at = whole.length; follow && !signal.aborted;) {
      const { bytesRead } = await file.read(block, 0, block.length, at)
      at += bytesRead
      if (bytesRead > 0) yield block.subarray(0, bytesRead)
      // The next start of the broker begins the file anew.
      else if ((await file.stat()).size < at) at = 0
      else await sleep(100, undefined, { signal }).catch(() => {})
    }
  } finally {
    await file.close()
  }
}

function lastLines(text: Buffer, count: number): Buffer {
  let from = text.length
  // The newline that ends the last line begins none.
  for (let line = 0; line <= count && from >= 0; line++) from = from === 0 ? -1 : text.lastIndexOf(10, from - 1)
  return text.subarray(from + 1)
}
