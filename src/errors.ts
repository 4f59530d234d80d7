/**
 * The three ways a command can end badly. Each error is one line for the user, `what: advice`, and carries its exit code
 * (cli.md, "Exit codes"). Only bin and main turn errors into text and exit codes; everything below throws these.
 */

/** Facts about where something went wrong, for callers that group or count errors. */
export interface Place {
  topic?: string
  partition?: number
  /** Exact, whatever its size. */
  offset?: bigint
  file?: string
  /** 1-based. */
  line?: number
}

export interface ErrorDetails {
  cause?: unknown
  place?: Place
}

export abstract class SluiceError extends Error {
  abstract readonly exitCode: number
  readonly advice: string | undefined
  readonly place: Place

  /** @param what what went wrong, and where · @param advice what to do about it, when that is known */
  constructor(what: string, advice?: string, { cause, place = {} }: ErrorDetails = {}) {
    super(what, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.advice = advice
    this.place = place
  }

  /** The error as the user reads it, without the leading `sluice: `. */
  get line(): string {
    return this.advice ? `${this.message}: ${this.advice}` : this.message
  }
}

/** Wrong usage, said before anything was touched. */
export class UsageError extends SluiceError {
  readonly exitCode = 2
}

/** Something failed at run time. */
export class FailedError extends SluiceError {
  readonly exitCode = 1
}

/** A single record is wrong; a run may go on without it. */
export class BadRecordError extends FailedError {
  /** Of text that no record can be made of: its bytes, valid until the next record is read; null: there is a record. */
  raw: Buffer | null = null
}

/** The condition that was asked for does not hold. */
export class ConditionError extends SluiceError {
  readonly exitCode = 3
}

/** The reader of our output went away (`| head`): the run ends early, but nothing is wrong and nothing is said. */
export class ReaderGoneError extends SluiceError {
  readonly exitCode = 0
}
