/**
 * Which files a path means: itself, those in a folder, or those in a folder whose names match a pattern, in the order in
 * which they were written last (semantics.md section 8). Names that begin with `_` or `.`, or have `_COPYING_` in them,
 * are of files that are still being written, and left out. The matcher is our own: Node's is experimental before Node 24.
 */
import { type BigIntStats, fstatSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FailedError } from '../errors.js'

export interface ListedFile {
  path: string
  /** null: there was none when it was looked for. */
  stats: BigIntStats | null
}

const unfinished = /^[_.]|_COPYING_/

/** Files that are named, or found where a path says. */
export interface Selection {
  /** @param optional it is no error that there is none */
  list(optional: boolean): Promise<ListedFile[]>
  /** Whether a file of this name would be meant. */
  selects(file: string): boolean
  /** Whether it may be this file: a name that was listed may have passed to another one. */
  takes(file: BigIntStats): boolean
}

/** The file, folder or pattern at a path. */
export class PathSelection implements Selection {
  readonly #path: string
  readonly #except: ReadonlySet<string>

  /** @param except files that are not meant, also where they match */
  constructor(path: string, except: readonly string[] = []) {
    this.#path = path
    this.#except = new Set(except.map(fullName))
  }

  async list(optional: boolean): Promise<ListedFile[]> {
    return (await listFiles(this.#path, optional)).filter(({ path }) => !this.#except.has(fullName(path)))
  }

  takes(): boolean {
    return true
  }

  selects(file: string): boolean {
    const path = resolve(this.#path)
    if (file === path || dirname(file) === path) return true
    return dirname(file) === dirname(path) && (patternIn(path)?.test(basename(file)) ?? false)
  }
}

/** Files in the order in which they are named; `-` is standard input. */
export class NamedSelection implements Selection {
  readonly #paths: readonly string[]

  constructor(paths: readonly string[]) {
    this.#paths = paths
  }

  /** One that is not there is found out when its turn comes. */
  list(): Promise<ListedFile[]> {
    return Promise.all(
      this.#paths.map(async (path) => {
        return { path, stats: path === '-' ? fstatSync(0, { bigint: true }) : await statOf(path).catch(() => null) }
      })
    )
  }

  takes(): boolean {
    return true
  }

  selects(file: string): boolean {
    return this.#paths.some((path) => fullName(path) === file)
  }
}

/** How a checkpoint calls it. */
export function fullName(path: string): string {
  return path === '-' ? 'standard input' : resolve(path)
}

/** @throws FailedError where there is no such path, or no file that matches, unless that is optional */
export async function listFiles(path: string, optional = false): Promise<ListedFile[]> {
  const itself = await statOf(path)
  if (itself?.isDirectory()) return inFolder(path, null)
  if (itself) return [{ path, stats: itself }]
  const pattern = patternIn(path)
  const files = pattern && (await statOf(dirname(path)))?.isDirectory() ? await inFolder(dirname(path), pattern) : []
  if (files.length > 0 || optional) return files
  const left = 'names that begin with _ or . are left out'
  const advice = pattern ? `no file matches; ${left}` : 'check the path'
  throw new FailedError(`${path} does not exist`, advice, { place: { file: path } })
}

/** All files in a folder, whatever their names. */
export async function filesIn(folder: string): Promise<ListedFile[]> {
  return (await statOf(folder))?.isDirectory() ? filesOf(folder, await readdir(folder)) : []
}

async function inFolder(folder: string, pattern: RegExp | null): Promise<ListedFile[]> {
  const names = (await readdir(folder)).filter((name) => !unfinished.test(name) && (pattern?.test(name) ?? true))
  return filesOf(folder, names)
}

async function filesOf(folder: string, names: string[]): Promise<ListedFile[]> {
  const files: ListedFile[] = []
  for (const name of names) {
    const path = join(folder, name)
    // One that is gone by now was not there.
    const stats = await statOf(path)
    if (stats?.isFile()) files.push({ path, stats })
  }
  return files.sort(byAge)
}

/** The one that was written to last comes last. */
export function byAge(a: ListedFile, b: ListedFile): number {
  const times = ({ stats }: ListedFile): bigint[] => (stats ? [stats.mtimeNs, stats.birthtimeNs] : [])
  const [one, other] = [times(a), times(b)]
  const at = one.findIndex((time, i) => time !== other[i])
  return (at < 0 ? a.path > b.path : one[at]! > (other[at] ?? 0n)) ? 1 : -1
}

/** Null where there is nothing of that name. */
export async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new FailedError(`cannot read ${path}: ${code}`, undefined, { cause: error, place: { file: path } })
  }
}

function patternIn(path: string): RegExp | null {
  return /[*?[]/.test(basename(path)) ? patternOf(basename(path)) : null
}

/** `*` any characters, `?` one, `[a-z]` one of these, `[!a-z]` one of the others. @throws FailedError */
function patternOf(glob: string): RegExp {
  const source = glob.replace(/\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part.length === 1) return part.replace(/[\\^$.|+()[\]{}]/, '\\$&')
    const inside = part.slice(1, -1).replace(/[\\[\]^]/g, '\\$&')
    return inside.startsWith('!') ? `[^${inside.slice(1)}]` : `[${inside}]`
  })
  try {
    return new RegExp(`^${source}$`, 's')
  } catch (error) {
    throw new FailedError(`'${glob}' is no pattern`, 'write ranges upwards, as in [a-z]', { cause: error })
  }
}
