/**
 * The flags of asynchronous enrichment: what is asked about each record, how many at a time, and what becomes of those
 * without an answer.
 */
import { boolean, option, string } from '@oclif/core/flags'
import { UsageError } from '../errors.js'
import type { CacheLimits } from '../endpoints/answer-cache.js'
import type { LookupOptions } from '../jobs/lookups.js'
import { count, duration } from './flags.js'
import { parseDuration } from './quantity.js'

export const lookupFlags = {
  lookup: string({
    helpGroup: 'lookup',
    helpValue: 'URL',
    description:
      'ask for each record, as in http://host/users/{value.user.id} or redis://host/0?get=user:{value.id}: the JSON ' +
      'answer becomes the member "lookup" of its value, null for 404 or an empty one; fields as in --fields'
  }),
  'lookup-command': string({
    helpGroup: 'lookup',
    helpValue: 'COMMAND',
    description:
      'ask a command, started once: each value is a line of its input, each line of its output the answer (unbuffered!)'
  }),
  capacity: count({
    min: 1,
    max: 10_000,
    helpGroup: 'lookup',
    description: 'records under way at a time, in each subtask [default: 100]'
  }),
  'lookup-timeout': duration({
    helpGroup: 'lookup',
    description: 'the most that an answer takes, 0 for any time [default: 1s]'
  }),
  'lookup-cache': string({
    helpGroup: 'lookup',
    helpValue: 'SIZE[,AGE]',
    description: 'answers that are kept for records that ask the same again, and for how long, as in 10000,1m'
  }),
  ordered: boolean({
    helpGroup: 'lookup',
    description: 'records keep their order (the default)',
    exclusive: ['unordered']
  }),
  unordered: boolean({ helpGroup: 'lookup', description: 'records go on as they are answered' }),
  'on-lookup-error': option({
    options: ['fail', 'skip', 'pass'] as const,
    helpGroup: 'lookup',
    description: 'a record without an answer ends the run (the default), is left out, or goes on as it is'
  })()
}

export interface LookupFlags {
  lookup?: string | undefined
  'lookup-command'?: string | undefined
  capacity?: number | undefined
  'lookup-timeout'?: number | undefined
  'lookup-cache'?: string | undefined
  ordered?: boolean | undefined
  unordered?: boolean | undefined
  'on-lookup-error'?: 'fail' | 'skip' | 'pass' | undefined
}

/** null: nothing is asked. @throws UsageError */
export function planLookup(flags: LookupFlags, environment: NodeJS.ProcessEnv = process.env): LookupOptions | null {
  const { lookup: url, 'lookup-command': command, ordered, unordered } = flags
  const { capacity, 'lookup-timeout': timeout, 'lookup-cache': cache, 'on-lookup-error': onError } = flags
  if (url !== undefined && command !== undefined) {
    throw new UsageError('--lookup and --lookup-command exclude each other', 'choose one')
  }
  const given = {
    capacity,
    'lookup-timeout': timeout,
    'lookup-cache': cache,
    ordered: ordered || undefined,
    unordered: unordered || undefined
  }
  if (command !== undefined && cache !== undefined) {
    throw new UsageError(
      '--lookup-cache and --lookup-command exclude each other',
      'let the command keep what it has found'
    )
  }
  const idle = Object.entries({ ...given, 'on-lookup-error': onError }).find(([, value]) => value !== undefined)
  const by =
    url !== undefined
      ? { url, cache: cache === undefined ? null : cacheLimits(cache), environment }
      : command !== undefined
        ? { command }
        : null
  if (by)
    return { by, capacity: capacity ?? 100, timeout: timeout ?? 1000, ordered: !unordered, onError: onError ?? 'fail' }
  if (idle) throw new UsageError(`--${idle[0]} needs a lookup`, 'give --lookup or --lookup-command')
  return null
}

function cacheLimits(text: string): CacheLimits {
  const [, size = '', age] = /^([1-9]\d{0,7})(?:,(.+))?$/.exec(text) ?? []
  if (size === '')
    throw new UsageError(`--lookup-cache '${text}' is none`, 'give a number of answers and an age, as in 10000,1m')
  return { size: Number(size), age: age === undefined ? Infinity : parseDuration(age) }
}
