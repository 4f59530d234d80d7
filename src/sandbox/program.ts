/** Runs a program to its end: java, mvn and docker are asked this way what they are and told what to prepare. */
import { execFile } from 'node:child_process'

export interface Ended {
  /** Exit code; -1 when a signal ended it. */
  code: number
  /** stdout and stderr, in the order of the streams. */
  output: string
}

/** Undefined: there is no such program. Rejects with an AbortError when `signal` was aborted. */
export function run(program: string, args: readonly string[], signal?: AbortSignal): Promise<Ended | undefined> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { signal, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const { code } = (error ?? { code: 0 }) as { code?: unknown }
      if (signal?.aborted) reject(signal.reason as Error)
      else if (code === 'ENOENT' || code === 'EACCES') resolve(undefined)
      else resolve({ code: typeof code === 'number' ? code : -1, output: stdout + stderr })
    })
  })
}
