/**
 * Files to read, one after the other, each from where an earlier run or look was done with it. They are looked for once,
 * or over and over. Between two looks a file is nothing but its position: none is open, so there may be any number.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FailedError } from '../errors.js'
import type { FilePosition } from '../flow/endpoint.js'
import { type ListedFile, type Selection, fullName } from './file-list.js'
import { type InputFile, isPacked, openInput } from './input.js'
import { KnownFiles } from './known-files.js'
import { MovedFiles } from './moved-files.js'
import { type Text, cutShort } from './text-reader.js'
import type { Texts } from './text-source.js'

export interface TextFilesOptions {
  /** How far the run before was; null: nothing is kept of this one, and a file named twice is read twice. */
  restored: readonly FilePosition[] | null
  /** Milliseconds between two looks; null: one look is all. */
  watch: number | null
  /** Whether a file is one record. */
  whole: boolean
  notice: (text: string) => void
}

export class TextFiles implements Texts {
  readonly #selection: Selection
  readonly #options: TextFilesOptions
  readonly #known: KnownFiles
  readonly #moved: MovedFiles
  #queue: ListedFile[] = []
  #waits = false

  /** Looks for the first time. Throws where there is nothing, and nothing will be looked for again. */
  static async open(selection: Selection, options: TextFilesOptions): Promise<TextFiles> {
    const files = new TextFiles(selection, options)
    await files.#look()
    return files
  }

  private constructor(selection: Selection, options: TextFilesOptions) {
    const { restored, notice } = options
    this.#selection = selection
    this.#options = options
    const selected = (restored ?? []).filter(({ file }) => selection.selects(file))
    const dropped = (restored?.length ?? 0) - selected.length
    if (dropped > 0) notice(`the checkpoint's positions of ${dropped} files are dropped: they are not read now`)
    this.#known = new KnownFiles(selected)
    this.#moved = new MovedFiles(this.#known, notice)
  }

  async next(signal: AbortSignal): Promise<Text | 'later' | null> {
    const { watch } = this.#options
    while (!signal.aborted) {
      const file = this.#queue.shift()
      const text = file && (await this.#open(file))
      if (text) return text
      if (file) continue
      if (watch === null) return null
      this.#waits = !this.#waits
      if (this.#waits) return 'later'
      await sleep(watch, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await this.#look()
    }
    return null
  }

  positions(): FilePosition[] {
    return Array.from(this.#known, (position) => ({ ...position }))
  }

  /** Queues the files that have something new. */
  async #look(): Promise<void> {
    const { watch } = this.#options
    const listed = await this.#selection.list(true)
    const files = [...(await this.#moved.find(listed)), ...listed]
    if (files.length === 0 && watch === null) await this.#selection.list(false)
    this.#queue = files.filter(({ path, stats }) => {
      const known = this.#tracks && stats?.isFile() ? this.#known.get(stats) : undefined
      return !known || !this.#isDone(path, known, Number(stats!.size))
    })
  }

  get #tracks(): boolean {
    return this.#options.restored !== null || this.#options.watch !== null
  }

  /** null: there is nothing to read in it. */
  async #open({ path }: ListedFile): Promise<Text | null> {
    const { watch, whole } = this.#options
    const input = await openInput(path).catch((error: FailedError) => {
      const isGone = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
      if (watch === null || !isGone) throw error
    })
    if (!input) return null
    try {
      const { file } = input
      const position = file && this.#positionOf(path, file)
      if (position || !file) return { input, position, complete: watch === null || whole || isPacked(path) }
    } catch (error) {
      await input.close()
      throw error
    }
    await input.close()
    return null
  }

  /** Where to begin; null: it is done with. */
  #positionOf(path: string, { stats, packed, start }: InputFile): FilePosition | null {
    const { watch, notice } = this.#options
    const known = this.#tracks ? this.#known.get(stats) : undefined
    if (!known) return this.#selection.takes(stats) ? this.#known.add(fullName(path), stats, start) : null
    if (this.#isDone(path, known, Number(stats.size))) return null
    if (!packed && stats.size < known.offset) {
      if (watch === null) throw cutShort(path, known)
      notice(`${path} was cut short: it is read from its beginning`)
      Object.assign(known, { offset: 0, line: 0, size: 0 })
    }
    return known
  }

  #isDone(path: string, { offset, line, size: before }: FilePosition, size: number): boolean {
    const { watch, whole } = this.#options
    if (whole && line > 0) return true
    if (isPacked(path)) return size === before
    return size === before && size >= offset && (watch !== null || size === offset)
  }
}
