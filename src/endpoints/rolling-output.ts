/**
 * A file in parts: `out.jsonl` becomes `out-000001.jsonl`, `out-000002.jsonl` and so on. A part is written under a name
 * with a dot before it and gets its own when it is complete and on the disk, so whoever sees a part can take it. What is
 * written at once is whole records, so no record is in two parts.
 */
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FailedError } from '../errors.js'
import type { Formatter } from '../formats/format.js'
import { ByteWriter } from '../records/byte-writer.js'
import { type Output, type WriteMode, openFileOutput } from './output.js'

/** When a part is complete; at least one of them is finite. */
export interface Roll {
  /** The most bytes of a part, unless one record has more. */
  size: number
  /** Milliseconds since it was begun. */
  age: number
}

export class RollingOutput implements Output {
  readonly blocks: boolean
  readonly state = null
  readonly #path: string
  readonly #roll: Roll
  readonly #head: Buffer
  #number: number
  #part: Output | null = null
  #begun = false
  #timer: NodeJS.Timeout | undefined
  /** One thing at a time: a part may become old while it is written to. */
  #last: Promise<void> = Promise.resolve()
  #error: unknown = null

  /**
   * @param formatter says what every part begins with; the first one's beginning is written as all else
   * @throws FailedError for parts that are there already, as the mode says
   */
  static async open(
    path: string,
    mode: WriteMode,
    roll: Roll,
    formatter: Formatter,
    notice: (text: string) => void
  ): Promise<RollingOutput> {
    const there = await findParts(path)
    const [first] = there
    if (first && mode === 'fail') {
      throw new FailedError(
        `${first.file} is there already`,
        'say mode=overwrite or mode=append, or name another file',
        {
          place: { file: first.file }
        }
      )
    }
    if (mode === 'overwrite') for (const { file } of there) await rm(file)
    else {
      for (const { file, complete } of there) {
        if (!complete) notice(`${file} was left by a run that was killed: rename it to take it as it is, or remove it`)
      }
    }
    const number = mode === 'append' ? Math.max(0, ...there.map((part) => part.number)) : 0
    const head = new ByteWriter(1 << 10)
    formatter.begin(head)
    return new RollingOutput(path, roll, head.view(), number)
  }

  private constructor(path: string, roll: Roll, head: Buffer, number: number) {
    // What grows old is to be there by then, so that is not held back for a full block.
    this.blocks = roll.age === Infinity && /\.(gz|zst)$/.test(path)
    this.#path = path
    this.#roll = roll
    this.#head = head
    this.#number = number
  }

  write(bytes: Buffer): Promise<void> {
    return this.#next(async () => {
      const length = this.#part?.state?.length ?? 0
      if (length > 0 && length + bytes.length > this.#roll.size) await this.#complete()
      await (this.#part ?? (await this.#begin())).write(bytes)
    })
  }

  sync(): Promise<void> {
    return this.#next(async () => this.#part?.sync())
  }

  /** Completes the part, unless something went wrong with it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#last
    if (this.#error === null) await this.#complete()
    else await this.#part?.close()
  }

  #next(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#error !== null) throw this.#error as Error
      await act()
    })
    this.#last = done.catch((error: unknown) => {
      this.#error = error
    })
    return done
  }

  async #begin(): Promise<Output> {
    this.#number++
    const part = await openFileOutput(partOf(this.#path, this.#number, '.'), 'fail')
    this.#part = part
    if (this.#roll.age < Infinity) {
      // What goes wrong is kept, and said by the next write.
      this.#timer = setTimeout(() => void this.#next(() => this.#complete()).catch(() => undefined), this.#roll.age)
    }
    if (this.#begun && this.#head.length > 0) await part.write(this.#head)
    this.#begun = true
    return part
  }

  async #complete(): Promise<void> {
    clearTimeout(this.#timer)
    const part = this.#part
    if (!part) return
    this.#part = null
    try {
      await part.sync()
    } finally {
      await part.close()
    }
    const file = partOf(this.#path, this.#number, '')
    try {
      await rename(partOf(this.#path, this.#number, '.'), file)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new FailedError(`cannot complete ${file}: ${code}`, undefined, { cause: error, place: { file } })
    }
  }
}

/** Name and extension: of what is packed, that of what is in it, too. */
function namesOf(path: string): [stem: string, extension: string] {
  const [, stem, extension] = /^(.+?)((?:\.[^.]+)?(?:\.(?:gz|zst))?)$/s.exec(basename(path)) as unknown as string[]
  return [stem!, extension!]
}

function partOf(path: string, number: number, before: string): string {
  const [stem, extension] = namesOf(path)
  return join(dirname(path), `${before}${stem}-${String(number).padStart(6, '0')}${extension}`)
}

interface Part {
  file: string
  number: number
  complete: boolean
}

/** In order. A folder that is not there has none; what opens the first part says that. */
async function findParts(path: string): Promise<Part[]> {
  const names = await readdir(dirname(path)).catch(() => [])
  const [stem, extension] = namesOf(path)
  const parts = names.flatMap((name) => {
    const complete = name.startsWith(`${stem}-`)
    if (!(complete || name.startsWith(`.${stem}-`)) || !name.endsWith(extension)) return []
    const digits = name.slice(stem.length + (complete ? 1 : 2), name.length - extension.length)
    return /^\d{6,15}$/.test(digits) ? [{ file: join(dirname(path), name), number: Number(digits), complete }] : []
  })
  return parts.sort((a, b) => a.number - b.number)
}
