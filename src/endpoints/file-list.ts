/**
 * Which files a path means: itself, those in a folder, or those in a folder whose names match a pattern, in the order in
 * which they were written last (semantics.md section 8). Names that begin with `_` or `.`, or have `_COPYING_` in them,
 * are of files that are still being written, and left out. The matcher is our own: Node's is experimental before Node 24.
 */
import type { BigIntStats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FailedError } from '../errors.js'

export interface ListedFile {
  path: string
  stats: BigIntStats
}

const unfinished = /^[_.]|_COPYING_/

/** @throws FailedError where there is no such path, or no file that matches */
export async function listFiles(path: string): Promise<ListedFile[]> {
  const itself = await statOf(path)
  if (itself?.isDirectory()) return inFolder(path, null)
  if (itself) return [{ path, stats: itself }]
  const pattern = /[*?[]/.test(basename(path)) ? patternOf(basename(path)) : null
  const files = pattern && (await statOf(dirname(path)))?.isDirectory() ? await inFolder(dirname(path), pattern) : []
  if (files.length > 0) return files
  const left = 'names that begin with _ or . are left out'
  const advice = pattern ? `no file matches; ${left}` : 'check the path'
  throw new FailedError(`${path} does not exist`, advice, { place: { file: path } })
}

async function inFolder(folder: string, pattern: RegExp | null): Promise<ListedFile[]> {
  const names = (await readdir(folder)).filter((name) => !unfinished.test(name) && (pattern?.test(name) ?? true))
  const files = []
  for (const name of names) {
    const path = join(folder, name)
    // One that is gone by now was not there.
    const stats = await statOf(path)
    if (stats?.isFile()) files.push({ path, stats })
  }
  const newer = (a: ListedFile, b: ListedFile): boolean =>
    a.stats.mtimeNs > b.stats.mtimeNs || (a.stats.mtimeNs === b.stats.mtimeNs && a.path > b.path)
  return files.sort((a, b) => (newer(a, b) ? 1 : -1))
}

/** Null where there is nothing of that name. */
async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new FailedError(`cannot read ${path}: ${code}`, undefined, { cause: error, place: { file: path } })
  }
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
