/**
 * `--until`: an expression of the OFFSETS language, or `watermark:TIME`, the moment when event time has come to TIME in
 * every partition. Pure: the time is given.
 */
import { UsageError } from '../errors.js'
import type { OffsetSpec } from '../kafka/offsets.js'
import { nearest } from '../nearest.js'
import { parseOffsetSpec, parseTime } from './offset-spec.js'

/** Of a watermark: milliseconds since the epoch. */
export type Until = OffsetSpec | { kind: 'watermark'; timestamp: number }

/** Not the first of the offsets of a topic with that name. */
const watermark = /^watermark:(?!\d+:)/
const words = ['end', 'latest', 'earliest', 'beginning', 'start', 'group', 'watermark']

/**
 * @param now milliseconds since the epoch, for relative times
 * @throws UsageError naming the text and the nearest word, or the syntax
 */
export function parseUntil(text: string, now: number): Until {
  if (watermark.test(text)) return { kind: 'watermark', timestamp: parseWatermark(text, now) }
  try {
    return parseOffsetSpec(text, now)
  } catch (error) {
    const near = nearest(/^[a-z]*/i.exec(text)![0], words)
    if (near === undefined) throw error
    const advice = near === 'watermark' ? 'write watermark:TIME' : `did you mean ${near}?`
    throw new UsageError(`'${text}' is no end`, advice)
  }
}

function parseWatermark(text: string, now: number): number {
  const time = Number(parseTime(text.replace(watermark, ''), now))
  if (Number.isSafeInteger(time)) return time
  throw new UsageError(`the time of '${text}' is too far away`, 'it is in milliseconds')
}
