/**
 * How messages call the endpoint of a module, and how errors of it become ours: its name in front, and nothing that is
 * secret in them, whatever a client library puts into its messages.
 */
import { FailedError, SluiceError, UsageError } from '../errors.js'

export class ModuleName {
  readonly #name: string
  readonly #secrets: readonly string[]

  /** @param secrets passwords and the like, which are in no text that comes out of here */
  constructor(name: string, secrets: readonly string[]) {
    this.#name = name
    // The shortest ones would be found in the middle of words; the name has none of them.
    this.#secrets = secrets.filter((secret) => secret.length > 2)
  }

  toString(): string {
    return this.#name
  }

  /** A text of the module's. */
  masked(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
  }

  /** Calls the module. */
  async call<T>(what: () => Promise<T>): Promise<T> {
    try {
      return await what()
    } catch (error) {
      throw this.failure(error)
    }
  }

  /** What was thrown, as the user is told. That something was ended (an AbortError) stays what it is. */
  failure(error: unknown): Error {
    if ((error as Error | null)?.name === 'AbortError') return error as Error
    const what = `${this.#name}: ${this.masked(messageOf(error))}`
    const { advice, place } = error instanceof SluiceError ? error : { advice: undefined, place: {} }
    const Kind = error instanceof UsageError ? UsageError : FailedError
    return new Kind(what, advice === undefined ? undefined : this.masked(advice), { cause: this.#cause(error), place })
  }

  /** For --verbose, which shows its stack. */
  #cause(error: unknown): unknown {
    if (!(error instanceof Error) || this.#secrets.length === 0) return error
    const cause = new Error(this.masked(error.message))
    cause.stack = this.masked(error.stack ?? '')
    return cause
  }
}

/** Of a name with several addresses, Node tries all, and its error has no message but theirs. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return (error as NodeJS.ErrnoException).code ?? error.name
}
