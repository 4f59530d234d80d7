/**
 * The OFFSETS language of the command line: text → OffsetSpec. Pure: the time is given, and nothing is asked of a
 * broker (kafka/offsets.ts resolves). One file, because consume, offsets and lag all speak it (cli.md, "Offsets,
 * wherever one is asked for"; semantics.md §1).
 */
import { UsageError } from '../errors.js'
import type { OffsetSpec } from '../kafka/offsets.js'
import { parseDuration } from './quantity.js'

const syntax = 'use group, earliest, latest, @TIME, N, -N, P:N,… or TOPIC:P:N,…'

/** Kafka's offsets and timestamps are signed 64-bit, its partitions signed 32-bit. */
const maxInt64 = 2n ** 63n - 1n
const maxInt32 = 2 ** 31 - 1

const names: Record<string, OffsetSpec> = {
  group: { kind: 'group' },
  stored: { kind: 'group' },
  earliest: { kind: 'earliest' },
  beginning: { kind: 'earliest' },
  start: { kind: 'earliest' },
  latest: { kind: 'latest' },
  end: { kind: 'latest' }
}

/**
 * @param now milliseconds since the epoch, for relative times
 * @throws UsageError naming the text and the syntax, in one line
 */
export function parseOffsetSpec(text: string, now: number): OffsetSpec {
  if (Object.hasOwn(names, text)) return names[text]!
  if (text.startsWith('@')) return { kind: 'timestamp', timestamp: parseTime(text.slice(1), now) }
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: int64(text, text) }
  if (/^-\d+$/.test(text)) return { kind: 'last', count: int64(text.slice(1), text) }
  if (/^[se]@/.test(text))
    throw new UsageError(`'${text}' is no offset`, `write ${text.slice(1)}, as --from or as --until`)
  if (text.includes(':')) return { kind: 'specific', offsets: parseList(text) }
  throw new UsageError(`'${text}' is no offset`, syntax)
}

/**
 * What deserves a word to the user, though it is not wrong: a time in the future, or one that looks like seconds.
 * @param value of any flag: what is no OffsetSpec and no `watermark:TIME` is not doubtful
 */
export function doubtfulTime(value: unknown, now: number): string | undefined {
  const spec = value as { kind?: unknown; timestamp: bigint | number } | null | undefined
  if (spec?.kind !== 'timestamp' && spec?.kind !== 'watermark') return undefined
  const text = `${spec.kind === 'timestamp' ? '@' : 'watermark:'}${spec.timestamp}`
  const time = Number(spec.timestamp)
  const date = time <= 8.64e15 ? new Date(time).toISOString() : 'far away'
  if (time > now && spec.kind === 'timestamp') {
    return `the time ${text} (${date}) is in the future: that is the end of every partition`
  }
  if (time >= 1e9 && time < 1e10) {
    return `the time ${text} (${date}) is in milliseconds: if seconds were meant, write ${text}000`
  }
  return undefined
}

type Specific = Extract<OffsetSpec, { kind: 'specific' }>['offsets']

function parseList(text: string): Specific {
  const seen = new Set<string>()
  return text.split(',').map((item) => {
    const [, topic = null, digits, offset] = /^(?:([A-Za-z0-9._-]+):)?(\d+):(\d+)$/.exec(item) ?? []
    if (digits === undefined) throw new UsageError(`'${item}' is no offset of a partition`, 'write P:N or TOPIC:P:N')
    const partition = Number(digits)
    if (partition > maxInt32) throw new UsageError(`there is no partition ${digits}`, `at most ${maxInt32}`)
    const place = `${topic ?? ''}:${partition}`
    if (seen.has(place)) throw new UsageError(`'${text}' names a partition twice: ${item}`, 'give each partition once')
    seen.add(place)
    return { topic, partition, offset: int64(offset!, item) }
  })
}

function int64(digits: string, text: string): bigint {
  const value = BigInt(digits)
  if (value > maxInt64) throw new UsageError(`'${text}' is too large for an offset`, `at most ${maxInt64}`)
  return value
}

/**
 * TIME as milliseconds since the epoch: a number of them, ISO 8601 (UTC unless it names a zone; a date alone is its
 * midnight; digits beyond milliseconds are cut off), or a span before now such as `-90m` or `-1h30m`.
 */
export function parseTime(text: string, now: number): bigint {
  if (/^\d+$/.test(text)) return int64(text, `@${text}`)
  const time = text.startsWith('-') ? before(text, now) : iso8601(text)
  if (Number.isNaN(time)) {
    throw new UsageError(
      `'${text}' is no time`,
      'use milliseconds, 2024-03-01, 2024-03-01T12:00:00Z or -90m, -2d, -1h30m'
    )
  }
  if (time < 0) throw new UsageError(`the time '${text}' lies before 1970`, 'Kafka has no records before that')
  return BigInt(time)
}

function before(text: string, now: number): number {
  try {
    return now - parseDuration(text.slice(1), Number.MAX_SAFE_INTEGER)
  } catch {
    return NaN
  }
}

const isoForm = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** Milliseconds, or NaN. Date.parse is not used: it reads local time where no zone is named and accepts far more. */
function iso8601(text: string): number {
  const match = isoForm.exec(text)
  if (!match) return NaN
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match
  const time = Date.UTC(+year!, +month! - 1, +day!, +hour, +minute, +second, +fraction.padEnd(3, '0').slice(0, 3))
  // Date.UTC rolls 31 February over into March; what it made of the parts must be the parts again.
  const read = new Date(time).toISOString()
  if (read.slice(0, 10) !== text.slice(0, 10) || +hour > 23 || +minute > 59 || +second > 59) return NaN
  const [, sign, zoneHour = '0', zoneMinute = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  if (+zoneHour > 23 || +zoneMinute > 59) return NaN
  return time - (sign === '-' ? -1 : 1) * (+zoneHour * 60 + +zoneMinute) * 60_000
}

/** By how many offsets to move: `100`, `+100`, `-100`. @throws UsageError */
export function parseShift(text: string): bigint {
  const [, sign, digits] = /^([+-]?)(\d+)$/.exec(text) ?? []
  if (digits === undefined) throw new UsageError(`'${text}' is no number of offsets`, 'write N or -N')
  const distance = int64(digits, text)
  return sign === '-' ? -distance : distance
}
