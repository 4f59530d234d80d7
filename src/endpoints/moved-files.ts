/**
 * Known files that are not where they were: renamed, as logs are when they are rotated, or gone. One that was renamed in
 * its folder is still read, under whatever name, until it is gone.
 */
import { dirname, isAbsolute } from 'node:path'
import type { FilePosition } from '../flow/endpoint.js'
import { type ListedFile, byAge, filesIn, fullName, statOf } from './file-list.js'
import { isPacked } from './input.js'
import { type KnownFiles, isSame } from './known-files.js'

/** How often a file is looked for before it is taken for gone. */
const LOOKS = 10

export class MovedFiles {
  readonly #known: KnownFiles
  readonly #notice: (text: string) => void
  /** Where those are now whose names are not selected. */
  readonly #paths = new Map<FilePosition, string>()

  constructor(known: KnownFiles, notice: (text: string) => void) {
    this.#known = known
    this.#notice = notice
  }

  /** Those that are not listed, the oldest first; those that are gone are forgotten. Brings names up to date. */
  async find(listed: readonly ListedFile[]): Promise<ListedFile[]> {
    const missing = new Set(this.#known)
    for (const { path, stats } of listed) {
      const known = stats ? this.#known.get(stats) : undefined
      if (!known) continue
      known.file = fullName(path)
      this.#paths.delete(known)
      missing.delete(known)
    }
    const found: ListedFile[] = []
    for (const position of missing) {
      const path = this.#paths.get(position) ?? position.file
      const stats = await statOf(path)
      if (!stats || !isSame(position, stats)) continue
      found.push({ path, stats })
      missing.delete(position)
    }
    // While logs are rotated, a name may pass to another file between two calls: who is missing is looked for again.
    for (let look = 0; look < LOOKS && missing.size > 0; look++) found.push(...(await this.#search(missing)))
    if (missing.size > 0) this.#forget(missing, listed)
    return found.sort(byAge)
  }

  /** Looks for files by their numbers, and takes those that it finds out of `missing`. */
  async #search(missing: Set<FilePosition>): Promise<ListedFile[]> {
    const found: ListedFile[] = []
    const folders = [...missing].flatMap(({ file }) => (isAbsolute(file) ? [dirname(file)] : []))
    for (const folder of new Set(folders)) {
      for (const file of await filesIn(folder)) {
        const known = this.#known.get(file.stats!)
        if (!known || !missing.delete(known)) continue
        this.#paths.set(known, file.path)
        found.push(file)
      }
    }
    return found
  }

  #forget(gone: Iterable<FilePosition>, listed: readonly ListedFile[]): void {
    const names = new Set(listed.map(({ path }) => fullName(path)))
    for (const position of gone) {
      const { file, offset, size } = position
      this.#known.delete(position)
      this.#paths.delete(position)
      const hasMore = size === 0 ? offset > 0 : offset < size && !isPacked(file)
      if (names.has(file)) this.#notice(`${file} is another file than before: it is read from its beginning`)
      if (hasMore) this.#notice(`${file} was not read to its end, and is gone`)
    }
  }
}
