/**
 * Which batches may be sent now, and with which others: one request to each broker, with a batch of each of its partitions
 * that has one to send.
 */
import type { Batch, PartitionQueue } from './partition-queue.js'

/** Bytes of small batches that go together in one request. */
const REQUEST_BYTES = 1 << 20

export interface Part {
  queue: PartitionQueue
  batch: Batch
}

export interface ProducePlan {
  /** What goes to each broker, by its node id. */
  requests: Map<number, Part[]>
  leaderless: PartitionQueue[]
  /** Partitions that have to be part of the transaction first. */
  outside: number[]
}

export interface Circumstances {
  /** By `performance.now()`. */
  now: number
  /** The queue to begin with. */
  first: number
  /** Node id, -1 for none. */
  leaderOf: (partition: number) => number
  /** Whether a broker takes one more request. */
  hasRoom: (node: number) => boolean
  /** Whether batches may be sent to a partition. */
  isEnlisted: (partition: number) => boolean
}

export function planRequests(
  queues: readonly PartitionQueue[],
  { now, first, leaderOf, hasRoom, isEnlisted }: Circumstances
): ProducePlan {
  const plan: ProducePlan = { requests: new Map(), leaderless: [], outside: [] }
  const sizes = new Map<number, number>()
  for (let turn = 0; turn < queues.length; turn++) {
    const queue = queues[(first + turn) % queues.length]!
    const batch = queue.sendable(now)
    if (!batch) continue
    if (!isEnlisted(queue.partition)) {
      plan.outside.push(queue.partition)
      continue
    }
    const node = leaderOf(queue.partition)
    if (node < 0) {
      plan.leaderless.push(queue)
      continue
    }
    if (!hasRoom(node) || !queue.mayGoTo(node)) continue
    const size = (sizes.get(node) ?? 0) + batch.bytes!.length
    const request = plan.requests.get(node)
    if (request && size > REQUEST_BYTES) continue
    sizes.set(node, size)
    if (request) request.push({ queue, batch })
    else plan.requests.set(node, [{ queue, batch }])
  }
  return plan
}
