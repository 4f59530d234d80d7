/** What is said where a file cannot be written: the system's reason in words, and what to do about it. */
import { FailedError } from './errors.js'

const reasons: Record<string, [reason: string, advice?: string]> = {
  ENOSPC: ['no space left on the device', 'free some space and run it again'],
  EDQUOT: ['the disk quota is used up', 'free some space and run it again'],
  EFBIG: ['a file may not be larger', 'raise the limit (ulimit -f) and run it again'],
  EROFS: ['the file system is read-only'],
  EACCES: ['permission denied'],
  EPERM: ['the system does not allow it'],
  ENOENT: ['there is no such folder', 'make it first'],
  ENOTDIR: ['a part of its path is no folder'],
  EISDIR: ['it is a directory'],
  EIO: ['the device failed (EIO)']
}

/** @param what what could not be done, and to which file · @param file null where it is none of ours */
export function writeError(what: string, error: unknown, file: string | null): FailedError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const [reason, advice] = reasons[code] ?? [code || message]
  return new FailedError(`${what}: ${reason}`, advice, { cause: error, place: file === null ? {} : { file } })
}
