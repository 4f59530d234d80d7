/**
 * Where several subtasks write to a file, it is a folder with a file of each, named `1`, `2` and so on (Flink's writeAsText
 * does the same; semantics.md section 8).
 */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FailedError } from '../errors.js'
import { type WriteMode, requireNone } from './output.js'

/** The file of a subtask, which counts from 0. It is compressed where the folder's name says so. */
export function partOfFolder(folder: string, subtask: number): string {
  const [extension = ''] = /\.(?:gz|zst)$/.exec(folder) ?? []
  return join(folder, `${subtask + 1}${extension}`)
}

/** Makes the folder, and says what is in the way of its files before the first of them is there. */
export async function prepareFolder(folder: string, mode: WriteMode, parallelism: number): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isFolder = code === 'EEXIST' && (await stat(folder).catch(() => null))?.isDirectory()
    if (!isFolder) {
      const what = `cannot make the folder ${folder}: ${code === 'EEXIST' ? 'a file has that name' : code}`
      const advice = 'several subtasks write a folder with a file of each: name another one'
      throw new FailedError(what, advice, { cause: error, place: { file: folder } })
    }
  }
  if (mode !== 'fail') return
  for (let subtask = 0; subtask < parallelism; subtask++) await requireNone(partOfFolder(folder, subtask))
}
