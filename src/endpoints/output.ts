/**
 * Where bytes go: a file descriptor, written through Node's thread pool so that a slow reader of a pipe never stops the
 * event loop (signals, heartbeats), or a compressed file. EAGAIN, partial writes, EPIPE and a full disk are handled here
 * and nowhere else.
 */
import { close, closeSync, fstatSync, fsync, openSync, write } from 'node:fs'
import { lstat, stat, truncate } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { FailedError, ReaderGoneError } from '../errors.js'
import type { OutputState } from '../flow/endpoint.js'
import { writeError } from '../write-error.js'

export interface Output {
  /** Resolves when all bytes are written out. One call at a time. Throws ReaderGoneError when nobody reads any more. */
  write(bytes: Buffer): Promise<void>
  /** True where small writes are costly (a compressed block each): nothing is pushed before a buffer is full. */
  readonly blocks: boolean
  /** The file written to and how many bytes are in it; null where it is none of ours, or cannot be cut back. */
  readonly state: OutputState | null
  /** Takes what stands before the first record where each reader gets that anew; else it is written as all the rest. */
  begin?(head: Buffer): void
  /** Makes what was written durable, where that means something. */
  sync(): Promise<void>
  close(): Promise<void>
}

const fsyncAsync = promisify(fsync)
const closeAsync = promisify(close)

/** Longest wait before a descriptor that is not ready (EAGAIN: someone made our pipe non-blocking) is tried again, ms. */
const MAX_WAIT = 50

function writeOnce(fd: number, bytes: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, offset, bytes.length - offset, null, (error, count) => (error ? reject(error) : resolve(count)))
  })
}

export class FdOutput implements Output {
  readonly blocks = false
  readonly #fd: number
  readonly #name: string
  readonly #owned: boolean
  /** Bytes of a regular file of ours; null for everything else. */
  #length: number | null

  /** @param name how errors call it · @param owned a file of ours, to be closed and made durable */
  constructor(fd: number, name: string, owned: boolean) {
    this.#fd = fd
    this.#name = name
    this.#owned = owned
    const stats = owned ? fstatSync(fd) : null
    this.#length = stats?.isFile() ? stats.size : null
  }

  get state(): OutputState | null {
    return this.#length === null ? null : { file: resolve(this.#name), length: this.#length }
  }

  async write(bytes: Buffer): Promise<void> {
    let wait = 1
    for (let offset = 0; offset < bytes.length;) {
      try {
        const count = await writeOnce(this.#fd, bytes, offset)
        offset += count
        if (this.#length !== null) this.#length += count
        wait = 1
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw this.#failure(error as NodeJS.ErrnoException)
        await delay(wait)
        wait = Math.min(wait * 2, MAX_WAIT)
      }
    }
  }

  async sync(): Promise<void> {
    if (!this.#owned) return
    try {
      await fsyncAsync(this.#fd)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // A pipe or device given as a file name cannot be synced, and needs not be.
      if (code !== 'EINVAL' && code !== 'ENOTSUP') throw this.#failure(error as NodeJS.ErrnoException)
    }
  }

  async close(): Promise<void> {
    if (this.#owned) await closeAsync(this.#fd)
  }

  #failure(error: NodeJS.ErrnoException): Error {
    if (error.code === 'EPIPE') return new ReaderGoneError(`nobody reads ${this.#name} any more`)
    return writeError(`cannot write to ${this.#name}`, error, this.#owned ? this.#name : null)
  }
}

/**
 * Compresses each block into a gzip member or zstd frame of its own. Both formats are defined as a sequence of those
 * (RFC 1952 section 2.2, RFC 8878 section 3), so the file is complete after every block, and can be cut back to one.
 */
class CompressedOutput implements Output {
  readonly blocks = true
  readonly #inner: Output
  readonly #compress: (bytes: Buffer) => Promise<Buffer>

  constructor(inner: Output, compress: (bytes: Buffer) => Promise<Buffer>) {
    this.#inner = inner
    this.#compress = compress
  }

  get state(): OutputState | null {
    return this.#inner.state
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#inner.write(await this.#compress(bytes))
  }

  sync(): Promise<void> {
    return this.#inner.sync()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

/** What is written there is read at once, or not at all: it is never synced. */
export function standardOutput(stream: 'stdout' | 'stderr'): Output {
  return stream === 'stdout' ? new FdOutput(1, 'standard output', false) : new FdOutput(2, 'standard error', false)
}

/** Cuts a file back to the length that it had at a checkpoint, so that what was written later can be written again. */
export async function cutBack({ file, length }: OutputState): Promise<void> {
  const place = { file }
  let size: number
  try {
    size = (await stat(file)).size
    if (size > length) await truncate(file, length)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The run before was killed before it had made it.
    if (code === 'ENOENT' && length === 0) return
    const what = `cannot go on with ${file}: ${code === 'ENOENT' ? 'it does not exist any more' : code}`
    const advice = 'put it back, name another file, or remove the checkpoint to start anew'
    throw new FailedError(what, advice, { cause: error, place })
  }
  if (size < length) {
    const what = `cannot go on with ${file}: it has ${size} bytes, its checkpoint says ${length}`
    throw new FailedError(what, 'put it back as it was, or remove it and the checkpoint to start anew', { place })
  }
}

/** What becomes of a file that is there already. */
export type WriteMode = 'fail' | 'overwrite' | 'append'

const openFlags: Record<WriteMode, string> = { fail: 'wx', overwrite: 'w', append: 'a' }

/** Throws for a file that is there already. */
export async function requireNone(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false
  )
  if (isThere) throw alreadyThere(path)
}

function alreadyThere(path: string, cause?: unknown): FailedError {
  const advice = 'say mode=overwrite or mode=append, or name another file'
  return new FailedError(`${path} is there already`, advice, { cause, place: { file: path } })
}

/** Opens a file for writing. The extensions .gz and .zst compress. */
export async function openFileOutput(path: string, mode: WriteMode): Promise<Output> {
  let fd: number
  try {
    fd = openSync(path, openFlags[mode])
  } catch (error) {
    if (mode === 'fail' && (error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(path, error)
    throw writeError(`cannot open ${path} for writing`, error, path)
  }
  try {
    const plain = new FdOutput(fd, path, true)
    const extension = /\.(gz|zst)$/.exec(path)?.[1]
    if (extension === undefined) return plain
    const zlib = await import('node:zlib')
    return new CompressedOutput(plain, promisify(extension === 'gz' ? zlib.gzip : zlib.zstdCompress))
  } catch (error) {
    closeSync(fd)
    throw error
  }
}
