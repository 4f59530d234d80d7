/** The regular expression that selects topics. Pure. */
import { UsageError } from '../errors.js'

/** Matches whole names, as Java's `matches()` does (semantics.md section 2). @throws UsageError */
export function parseTopicPattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'u')
  } catch (error) {
    throw new UsageError(`'${text}' is no regular expression`, (error as Error).message)
  }
}
