/**
 * A .gz or .zst file as the bytes in it, in pieces: a file may have many gzip members or zstd frames (RFC 1952 section
 * 2.2, RFC 8878 section 3), and be larger than memory packed and unpacked. Node's streams end after a zstd frame that is
 * followed by another one, so a new stream goes on there; and an error takes with it what the same call had unpacked, so
 * the piece with the damage is then gone through again byte by byte: all that stands before the damage is given.
 */
import type { BigIntStats } from 'node:fs'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { FailedError } from '../errors.js'
import type { Input, InputFile } from './input.js'

/** Packed bytes that are read and unpacked at once. */
const BLOCK = 1 << 14

/** Unpacked bytes of one call. */
const CHUNK = 1 << 17

const engines = {
  gz: () => createGunzip({ chunkSize: CHUNK }),
  zst: () => createZstdDecompress({ chunkSize: CHUNK })
}
type Engine = ReturnType<(typeof engines)[keyof typeof engines]>

export class DecompressedInput implements Input, InputFile {
  readonly packed = true
  readonly start = 0
  readonly name: string
  readonly #kind: keyof typeof engines
  readonly #block = Buffer.allocUnsafeSlow(BLOCK)
  readonly #packed: Input
  #engine: Engine
  /** What the engine was given last, and its count of bytes before. */
  #piece: Buffer = Buffer.alloc(0)
  #taken = 0
  #busy = false
  /** Packed bytes before the piece; from `#damage` on pieces are single bytes. */
  #position = 0
  #damage = Infinity
  /** Unpacked bytes given, and those to leave out on the second way through. */
  #given = 0
  #skip = 0
  #rest: Buffer | null = null
  #final = false
  #ended = false
  #error: NodeJS.ErrnoException | null = null
  #wake: () => void = () => undefined

  constructor(packed: Input, kind: keyof typeof engines) {
    this.name = packed.name
    this.#packed = packed
    this.#kind = kind
    this.#engine = this.#start()
  }

  get file(): this | null {
    return this.#packed.file ? this : null
  }

  get stats(): BigIntStats {
    return this.#packed.file!.stats
  }

  /** Unpacks what stands before it. */
  async seek(offset: number, signal: AbortSignal): Promise<boolean> {
    await this.#rewind(signal)
    const passed = Buffer.allocUnsafeSlow(CHUNK)
    for (let left = offset; left > 0;) {
      const count = await this.read(passed.subarray(0, Math.min(left, CHUNK)), 0, signal)
      if (count === 0) return false
      left -= count
    }
    return true
  }

  get idle(): boolean {
    return this.#packed.idle && this.#rest === null
  }

  async read(target: Buffer, offset: number, signal: AbortSignal): Promise<number> {
    while (!signal.aborted) {
      const bytes = this.#rest ?? (this.#engine.read() as Buffer | null)
      if (bytes) {
        const skipped = Math.min(this.#skip, bytes.length)
        const count = bytes.copy(target, offset, skipped)
        this.#skip -= skipped
        this.#given += count
        this.#rest = skipped + count < bytes.length ? bytes.subarray(skipped + count) : null
        if (count > 0) return count
      } else if (this.#ended) return 0
      else if (this.#error) await this.#retrace(this.#error, signal)
      else if (this.#busy) await new Promise<void>((resolve) => (this.#wake = resolve))
      else await this.#feed(signal)
    }
    return 0
  }

  async close(): Promise<void> {
    this.#engine.destroy()
    await this.#packed.close()
  }

  #start(): Engine {
    const engine = engines[this.#kind]()
    this.#taken = 0
    engine.on('readable', () => this.#wake())
    engine.on('end', () => {
      if (engine === this.#engine) this.#goOn()
    })
    engine.on('error', (error: NodeJS.ErrnoException) => {
      if (engine === this.#engine) this.#error = error
      this.#wake()
    })
    return engine
  }

  async #feed(signal: AbortSignal): Promise<void> {
    const room = this.#position < this.#damage ? Math.min(BLOCK, this.#damage - this.#position) : 1
    const count = await this.#packed.read(this.#block.subarray(0, room), 0, signal)
    if (signal.aborted) return
    if (count > 0) return this.#give(this.#block.subarray(0, count))
    this.#final = true
    this.#busy = true
    // Nothing at all is what a run without records writes.
    if (this.#position === 0) this.#ended = true
    else this.#engine.end()
  }

  #give(piece: Buffer): void {
    const engine = this.#engine
    this.#piece = piece
    this.#taken = engine.bytesWritten
    this.#busy = true
    engine.write(piece, () => {
      if (engine !== this.#engine) return
      this.#position += engine.bytesWritten - this.#taken
      this.#busy = engine.bytesWritten - this.#taken < piece.length
      this.#wake()
    })
  }

  /** The engine takes nothing more: at the end, after a frame, or at the zeros that may pad a gzip file. */
  #goOn(): void {
    if (this.#final || this.#kind === 'gz') this.#ended = true
    else {
      const left = this.#piece.subarray(this.#engine.bytesWritten - this.#taken)
      this.#engine = this.#start()
      this.#give(left)
    }
    this.#wake()
  }

  async #retrace(error: NodeJS.ErrnoException, signal: AbortSignal): Promise<void> {
    const isCut = error.code === 'Z_BUF_ERROR'
    if (isCut || !this.file || this.#damage < Infinity) {
      const what = `cannot read ${this.name}: it is ${isCut ? 'cut off' : `damaged (${error.message})`}`
      throw new FailedError(what, 'make it anew', { cause: error, place: { file: this.name } })
    }
    const [damage, given] = [this.#position, this.#given]
    await this.#rewind(signal)
    this.#damage = damage
    this.#skip = given
  }

  async #rewind(signal: AbortSignal): Promise<void> {
    await this.#packed.file!.seek(0, signal)
    this.#engine.destroy()
    this.#engine = this.#start()
    this.#position = this.#given = this.#skip = 0
    this.#damage = Infinity
    this.#rest = this.#error = null
    this.#busy = this.#ended = this.#final = false
  }
}
