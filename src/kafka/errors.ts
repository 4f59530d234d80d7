/**
 * An error that a broker answered with, or that the way to it had. Facts (retriable, stale metadata) stand on the error,
 * so that callers never compare lists of codes; what the codes mean is in `error-codes.ts`.
 */
import { FailedError, type ErrorDetails } from '../errors.js'
import { type ErrorCode, errorCode } from './error-codes.js'

/** What a request was about, as far as it is known. */
export interface ErrorContext {
  topic?: string | undefined
  partition?: number | undefined
  offset?: bigint | undefined
  group?: string | undefined
  transactionalId?: string | undefined
  /** The ACL operation that was needed, as Kafka names it: Read, Write, Describe, Create, … */
  operation?: string | undefined
  /** What the broker said beside the code, or what the system said. */
  detail?: string | null | undefined
  /** Instead of the code's own. */
  advice?: string | undefined
  cause?: unknown
}

export class KafkaError extends FailedError {
  readonly code: number
  /** As the protocol page names it, such as NOT_LEADER_OR_FOLLOWER. */
  readonly codeName: string
  /** The same request may succeed later. */
  readonly retriable: boolean
  /** Metadata should be refreshed before the next attempt. */
  readonly staleMetadata: boolean

  constructor(code: ErrorCode, what: string, advice: string | undefined, details: ErrorDetails) {
    super(what, advice, details)
    this.code = code.code
    this.codeName = code.name
    this.retriable = code.retriable
    this.staleMetadata = code.staleMetadata
  }
}

/** The error for a code, saying what it is about: `topic "orders" partition 3: there is no leader at the moment (LEADER_…)`. */
export function kafkaError(code: number, context: ErrorContext = {}): KafkaError {
  const { topic, partition, offset, detail, operation, cause } = context
  const facts = errorCode(code)
  const subject = subjectOf(context)
  const meaning = `${facts.meaning} (${facts.name}${detail && detail !== 'Authorization failed.' ? `: ${oneLine(detail)}` : ''})`
  const advice =
    context.advice ??
    (operation && facts.name.endsWith('AUTHORIZATION_FAILED') ? aclAdvice(context, facts.name) : facts.advice)
  return new KafkaError(facts, subject ? `${subject}: ${meaning}` : meaning, advice, {
    cause,
    place: {
      ...(topic !== undefined && { topic }),
      ...(partition !== undefined && { partition }),
      ...(offset !== undefined && { offset })
    }
  })
}

function subjectOf({ topic, partition, offset, group, transactionalId }: ErrorContext): string {
  const parts: string[] = []
  if (group !== undefined) parts.push(`group "${group}"`)
  if (transactionalId !== undefined) parts.push(`transactional id "${transactionalId}"`)
  if (topic !== undefined) parts.push(`topic "${topic}"`)
  if (partition !== undefined) parts.push(`partition ${partition}`)
  if (offset !== undefined) parts.push(`offset ${offset}`)
  return parts.join(' ')
}

function aclAdvice({ topic, group, transactionalId, operation }: ErrorContext, name: string): string {
  const resource =
    transactionalId !== undefined && !name.startsWith('TOPIC')
      ? `transactional id "${transactionalId}"`
      : topic !== undefined && !name.startsWith('GROUP')
        ? `topic "${topic}"`
        : group !== undefined
          ? `group "${group}"`
          : 'the cluster'
  return `ask for an ACL that allows ${operation} on ${resource}`
}

/** Brokers put Java exceptions, sometimes with line breaks, into their messages; an error is one line. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
