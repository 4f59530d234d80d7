/**
 * An offset that the broker does not have: retention passed the reader, or it asked for one beyond the end. Reading goes
 * on as the reset policy says, and the gap is said (semantics.md section 1, "Out of range at run time").
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
