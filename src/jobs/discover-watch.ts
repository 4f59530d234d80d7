/**
 * What changes between two looks at a cluster's topics: which appear, which grow, which go. What is there at the first
 * look is where it begins, and no change.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaError } from '../kafka/errors.js'
import { type DiscoverOptions, type DiscoveredPartition, Discoverer } from './discover.js'
import { tellNews } from './news.js'

export interface TopicChange {
  change: 'appeared' | 'grew' | 'gone'
  topic: string
  /** null: the topic as a whole. */
  partition: number | null
  /** Of a topic as a whole. */
  partitions: number | null
  /** The end of the log; null for a topic as a whole, and where it is not known. */
  end: bigint | null
  /** What appeared with it, was written to it, or went with it; null: not known. */
  records: bigint | null
}

export interface WatchOptions extends DiscoverOptions {
  /** Milliseconds between two looks. */
  interval: number
  /** The first look is done: what happens from now on is told. */
  onReady: () => void
  observe: (changes: TopicChange[], time: number) => Promise<void>
}

/** Goes on until the signal. A cluster that cannot be asked for a while is told of, and asked again. */
export async function watchTopics(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { interval, observe } = options
  const tell = tellNews(options.notice)
  const discoverer = await Discoverer.open(options, signal)
  try {
    let before = (await discoverer.look(signal)).partitions
    options.onReady()
    for (;;) {
      await sleep(interval, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      try {
        const { partitions: now, trouble } = await discoverer.look(signal)
        tell(trouble)
        const changes = changesBetween(before, now)
        if (changes.length > 0) await observe(changes, Date.now())
        before = known(before, now)
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof KafkaError) || !error.retriable) throw error
        tell([`${error.message}: trying again`])
      }
    }
  } finally {
    discoverer.close()
  }
}

type Seen = Pick<DiscoveredPartition, 'topic' | 'topicId' | 'partition' | 'start' | 'end' | 'records'>

/** By topic and partition. A topic that was created anew has gone and appeared. */
export function changesBetween(before: readonly Seen[], now: readonly Seen[]): TopicChange[] {
  const [old, young] = [topicsOf(before), topicsOf(now)]
  const names = [...new Set([...old.keys(), ...young.keys()])].sort()
  return names.flatMap((topic) => {
    const [was, is] = [old.get(topic), young.get(topic)]
    if (was && is && was[0]!.topicId === is[0]!.topicId) return growth(was, is)
    return [...(was ? [whole('gone', topic, was)] : []), ...(is ? [whole('appeared', topic, is)] : [])]
  })
}

function growth(was: readonly Seen[], is: readonly Seen[]): TopicChange[] {
  const ends = new Map(was.map(({ partition, end }) => [partition, end]))
  return is.flatMap(({ topic, partition, end, records }): TopicChange[] => {
    const place = { topic, partition, partitions: null, end }
    if (!ends.has(partition)) return [{ change: 'appeared', ...place, records }]
    const before = ends.get(partition)!
    if (before === null || end === null || end <= before) return []
    return [{ change: 'grew', ...place, records: end - before }]
  })
}

function whole(change: 'appeared' | 'gone', topic: string, partitions: readonly Seen[]): TopicChange {
  const records = partitions.reduce<bigint | null>(
    (sum, { records }) => (sum === null || records === null ? null : sum + records),
    0n
  )
  return { change, topic, partition: null, partitions: partitions.length, end: null, records }
}

function topicsOf(partitions: readonly Seen[]): Map<string, Seen[]> {
  return Map.groupBy(partitions, ({ topic }) => topic)
}

/** The last look, with the ends of earlier ones where a leader did not answer this time. */
function known(before: readonly DiscoveredPartition[], now: readonly DiscoveredPartition[]): DiscoveredPartition[] {
  const key = ({ topic, topicId, partition }: Seen): string => `${topic} ${topicId} ${partition}`
  const earlier = new Map(before.map((seen) => [key(seen), seen]))
  return now.map((seen) => (seen.end === null ? (earlier.get(key(seen)) ?? seen) : seen))
}
