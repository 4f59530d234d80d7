/** Errors that end a subtask, as they go to the main thread: a message keeps neither their class nor their advice. */
import { ConditionError, FailedError, ReaderGoneError, SluiceError, UsageError } from '../errors.js'

export interface Failure {
  name: string
  message: string
  advice: string | undefined
  /** Of a SluiceError; else undefined. */
  exitCode: number | undefined
  stack: string | undefined
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return failureOf(new Error(String(error)))
  const { name, message, stack } = error
  const { advice, exitCode } = error instanceof SluiceError ? error : { advice: undefined, exitCode: undefined }
  return { name, message, advice, exitCode, stack }
}

export function errorOf({ name, message, advice, exitCode, stack }: Failure): Error {
  const error = exitCode === undefined ? Object.assign(new Error(message), { name }) : ended(exitCode, message, advice)
  if (stack !== undefined) error.stack = stack
  return error
}

function ended(exitCode: number, message: string, advice: string | undefined): SluiceError {
  const kinds = [UsageError, ConditionError, ReaderGoneError, FailedError]
  const made = kinds.map((Kind) => new Kind(message, advice))
  return made.find((error) => error.exitCode === exitCode) ?? new FailedError(message, advice)
}

/** Whether it only says that it was ended. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
