/**
 * Where bytes come from: a file, read through the thread pool, or a pipe, socket or terminal, read through the event
 * loop. The difference matters at the end: a thread-pool read that waits on a pipe keeps the process from exiting.
 */
import { type BigIntStats, close, fstat, fstatSync, open, read, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { ReadStream, isatty } from 'node:tty'
import { promisify } from 'node:util'
import { FailedError } from '../errors.js'

export interface Input {
  readonly name: string
  /** Reads what there is into `target[offset…]`: the count of bytes, 0 at the end of input or when aborted. */
  read(target: Buffer, offset: number, signal: AbortSignal): Promise<number>
  /** True where nothing more was there when the last read returned. */
  readonly idle: boolean
  /** The regular file that it is; null for a pipe, a socket or a terminal. */
  readonly file: InputFile | null
  close(): Promise<void>
}

/** What can be read from anywhere. Offsets are of the text in it, which differs from the bytes of a packed file. */
export interface InputFile {
  /** As it was when it was opened. */
  readonly stats: BigIntStats
  readonly packed: boolean
  /** Where reading begins unless something else is said. */
  readonly start: number
  /** Goes on reading at an offset. False: it has less (or the signal was aborted). */
  seek(offset: number, signal: AbortSignal): Promise<boolean>
}

const fstatAsync = promisify(fstat)
const openAsync = promisify(open)
const closeAsync = promisify(close)

function failure(name: string, error: unknown): FailedError {
  const code = (error as NodeJS.ErrnoException).code
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'it is a directory',
    ECONNRESET: 'the other side broke the connection'
  }
  const reason = reasons[code ?? ''] ?? code ?? (error as Error).message
  return new FailedError(`cannot read ${name}: ${reason}`, undefined, { cause: error, place: { file: name } })
}

class FileInput implements Input, InputFile {
  readonly idle = false
  readonly packed = false
  readonly name: string
  readonly stats: BigIntStats
  readonly start: number
  readonly #fd: number
  /** Where to read; null: where the descriptor stands, which those who have it in common with us move, too. */
  #at: number | null = null

  constructor(name: string, fd: number, stats: BigIntStats) {
    this.name = name
    this.stats = stats
    this.start = fd === 0 ? offsetOf(fd) : 0
    this.#fd = fd
  }

  /** A device is read like a file, but only on. */
  get file(): this | null {
    return this.stats.isFile() ? this : null
  }

  async seek(offset: number): Promise<boolean> {
    this.#at = offset
    return (await fstatAsync(this.#fd)).size >= offset
  }

  read(target: Buffer, offset: number, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return Promise.resolve(0)
    return new Promise((resolve, reject) => {
      read(this.#fd, target, offset, target.length - offset, this.#at, (error, count) => {
        if (error) return reject(failure(this.name, error))
        if (this.#at !== null) this.#at += count
        resolve(count)
      })
    })
  }

  async close(): Promise<void> {
    if (this.#fd !== 0) await closeAsync(this.#fd)
  }
}

/** Where a descriptor stands that was opened by someone else, as far as the system tells. */
function offsetOf(fd: number): number {
  try {
    return Number(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

export class StreamInput implements Input {
  readonly name: string
  readonly file = null
  readonly #stream: Socket
  #ended = false
  #error: unknown = null
  #wake: () => void = () => undefined

  constructor(name: string, stream: Socket) {
    this.name = name
    this.#stream = stream
    const wake = (): void => this.#wake()
    stream.on('readable', wake)
    stream.on('end', () => {
      this.#ended = true
      wake()
    })
    stream.on('error', (error) => {
      this.#error = error
      wake()
    })
  }

  get idle(): boolean {
    return this.#stream.readableLength === 0
  }

  async read(target: Buffer, offset: number, signal: AbortSignal): Promise<number> {
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake, { once: true })
    try {
      while (!signal.aborted) {
        if (this.#error) throw failure(this.name, this.#error)
        const room = Math.min(this.#stream.readableLength, target.length - offset)
        const bytes = (room > 0 ? this.#stream.read(room) : this.#stream.read()) as Buffer | null
        if (bytes) return bytes.copy(target, offset)
        if (this.#ended) return 0
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      return 0
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  close(): Promise<void> {
    this.#stream.destroy()
    return Promise.resolve()
  }
}

function inputOf(name: string, fd: number): Input {
  const stat = fstatSync(fd, { bigint: true })
  if (stat.isDirectory()) throw failure(name, { code: 'EISDIR' })
  if (stat.isFIFO() || stat.isSocket())
    return new StreamInput(name, new Socket({ fd, readable: true, writable: false }))
  if (isatty(fd)) return new StreamInput(name, new ReadStream(fd))
  return new FileInput(name, fd, stat)
}

async function openPlain(path: string): Promise<Input> {
  try {
    return inputOf(path, await openAsync(path, 'r'))
  } catch (error) {
    throw error instanceof FailedError ? error : failure(path, error)
  }
}

export function isPacked(path: string): boolean {
  return /\.(gz|zst)$/.test(path)
}

/** Opens a file for reading; `-` is standard input. The extensions .gz and .zst are unpacked. */
export async function openInput(path: string): Promise<Input> {
  if (path === '-') return inputOf('standard input', 0)
  const plain = await openPlain(path)
  if (!isPacked(path)) return plain
  const { DecompressedInput } = await import('./decompressed-input.js')
  return new DecompressedInput(plain, path.endsWith('.gz') ? 'gz' : 'zst')
}
