/**
 * Positions that mean nothing any more. An offset that the broker does not have: retention passed the reader, or it asked
 * for one beyond the end. Reading goes on as the reset policy says, and the gap is said (semantics.md section 1, "Out of
 * range at run time"). Or a topic that was deleted and created anew: nothing of that was read, so reading goes on at its
 * beginning, as with any partition found while running.
 */
import { FailedError } from '../errors.js'
import type { Metadata } from '../kafka/metadata.js'
import { type Reset, resolveOffsets } from '../kafka/offsets.js'
import type { Wire } from '../kafka/wire.js'

export interface OutOfRangeOptions {
  reset: Reset
  isolation: 'committed' | 'uncommitted'
  notice: (text: string) => void
}

/** What to do about it, for the fetcher: gives the offset to go on from, or throws where the policy is `none`. */
export function outOfRange(
  wire: Wire,
  metadata: Metadata,
  { reset, isolation, notice }: OutOfRangeOptions
): (topic: string, partition: number, wanted: bigint) => Promise<bigint> {
  return async (topic, partition, wanted) => {
    const where = `offset ${wanted} of ${topic} [${partition}] is out of range`
    if (reset === 'none') {
      throw new FailedError(where, 'give --reset earliest or latest to go on from there', {
        place: { topic, partition, offset: wanted }
      })
    }
    const spec = { kind: reset }
    const [resolved] = await resolveOffsets(wire, metadata, [{ topic, partition }], spec, { reset, isolation, notice })
    const { offset } = resolved!
    const distance = offset > wanted ? `${offset - wanted} offsets skipped` : `${wanted - offset} offsets back`
    notice(`${where}: going on from ${offset} (${reset}, ${distance})`)
    return offset
  }
}

export interface CreatedAnewOptions {
  /** null: follow. */
  until: unknown
  /** null: the user did not say. */
  reset: Reset | null
  isolation: 'committed' | 'uncommitted'
  notice: (text: string) => void
}

/**
 * What to do about a topic of the same name in place of the one that was read, for the fetcher: gives the offset to go on
 * from, or throws where an end was asked for, which was the old one's, or the reset policy is `none`.
 */
export function createdAnew(
  wire: Wire,
  metadata: Metadata,
  { until, reset, isolation, notice }: CreatedAnewOptions
): (topic: string, partition: number) => Promise<bigint> {
  const told = new Set<string | null>()
  return async (topic, partition) => {
    const what = `topic "${topic}" was deleted and created anew`
    if (until !== null || reset === 'none') {
      throw new FailedError(`${what} while it was read`, 'run it again to read the new one', { place: { topic } })
    }
    const at = [{ topic, partition }]
    const options = { reset: 'earliest', isolation, notice } as const
    const [resolved] = await resolveOffsets(wire, metadata, at, { kind: 'earliest' }, options)
    const id = metadata.id(topic)
    if (!told.has(id)) notice(`${what}: going on at its beginning`)
    told.add(id)
    return resolved!.offset
  }
}
