/**
 * What an OFFSETS expression resolves to, partition by partition, beside where the log starts and ends.
 */
import { Metadata } from '../kafka/metadata.js'
import { type OffsetSpec, resolveOffsets } from '../kafka/offsets.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { partitionsOf, selectTopics } from './selection.js'

export interface ShowOptions {
  settings: Settings
  topics: string[]
  at: OffsetSpec
  isolation: 'committed' | 'uncommitted'
  notice: (text: string) => void
}

export interface ShownOffset {
  topic: string
  partition: number
  start: bigint
  end: bigint
  offset: bigint
}

export async function showOffsets(options: ShowOptions, signal: AbortSignal): Promise<ShownOffset[]> {
  const { topics, isolation, notice } = options
  const wire = await Wire.open(options.settings, signal)
  try {
    const metadata = new Metadata(wire)
    const selection = { topics, pattern: null, partitions: null, share: null, key: null, keyWasIn: [] }
    const partitions = partitionsOf(metadata, await selectTopics(metadata, selection), selection)
    const resolve = async (spec: OffsetSpec): Promise<bigint[]> =>
      (await resolveOffsets(wire, metadata, partitions, spec, { reset: 'earliest', isolation, notice })).map(
        ({ offset }) => offset
      )
    const [starts, ends, offsets] = [
      await resolve({ kind: 'earliest' }),
      await resolve({ kind: 'latest' }),
      await resolve(options.at)
    ]
    return partitions.map(({ topic, partition }, index) => ({
      topic,
      partition,
      start: starts[index]!,
      end: ends[index]!,
      offset: offsets[index]!
    }))
  } finally {
    wire.close()
  }
}
