/**
 * Keeps two runs from one checkpoint file: each would cut back what the other has written. A claim is a socket in Linux's
 * abstract namespace (unix(7)), named after the file: the system gives it up with the process, however that ends, so there
 * is no lock file to be left behind. It reaches as far as the network namespace; elsewhere than on Linux nothing is claimed.
 */
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { platform } from 'node:process'
import { FailedError } from '../errors.js'

/** Resolves with what gives it up again. Throws a FailedError when another run has the checkpoint. */
export async function claimCheckpoint(file: string): Promise<() => void> {
  if (platform !== 'linux') return () => undefined
  const path = await wholePath(file)
  const name = createHash('sha256').update(path).digest('hex')
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ path: `\0sluice-${name}`, exclusive: true }, resolve)
    })
  } catch (error) {
    const what = `another run keeps the checkpoint ${file}`
    throw new FailedError(what, 'end that first, or give another --checkpoint', { cause: error, place: { file } })
  }
  server.unref()
  return () => server.close()
}

/** Without links; the file itself need not be there. */
async function wholePath(file: string): Promise<string> {
  try {
    return await realpath(file)
  } catch {
    const folder = dirname(file)
    // Where there is no folder either, writing it says so.
    return join(await realpath(folder).catch(() => folder), basename(file))
  }
}
