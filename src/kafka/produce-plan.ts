/**
 * Which batches may be sent now, and with which others: one request over each connection, with a batch of each of its
 * partitions that has one to send.
 */
import type { Batch, PartitionQueue } from './partition-queue.js'
import type { Route } from './produce-routes.js'

/** Bytes of small batches that go together in one request. */
const REQUEST_BYTES = 1 << 20

export interface Part {
  queue: PartitionQueue
  batch: Batch
}

export interface ProducePlan {
  requests: Map<Route, Part[]>
  leaderless: PartitionQueue[]
  /** Partitions that have to be part of the transaction first. */
  outside: number[]
}

export interface Circumstances {
  /** By `performance.now()`. */
  now: number
  /** The queue to begin with. */
  first: number
  /** The way to its leader; null: it has none. */
  routeOf: (partition: number) => Route | null
  /** Whether there may be one more request on its way. */
  hasRoom: (route: Route) => boolean
  /** Whether batches may be sent to a partition. */
  isEnlisted: (partition: number) => boolean
}

export function planRequests(
  queues: readonly PartitionQueue[],
  { now, first, routeOf, hasRoom, isEnlisted }: Circumstances
): ProducePlan {
  const plan: ProducePlan = { requests: new Map(), leaderless: [], outside: [] }
  const sizes = new Map<Route, number>()
  for (let turn = 0; turn < queues.length; turn++) {
    const queue = queues[(first + turn) % queues.length]!
    const batch = queue.sendable(now)
    if (!batch) continue
    if (!isEnlisted(queue.partition)) {
      plan.outside.push(queue.partition)
      continue
    }
    const route = routeOf(queue.partition)
    if (route === null) {
      plan.leaderless.push(queue)
      continue
    }
    if (!hasRoom(route) || !queue.mayGoTo(route)) continue
    const size = (sizes.get(route) ?? 0) + batch.bytes!.length
    const request = plan.requests.get(route)
    if (request && size > REQUEST_BYTES) continue
    sizes.set(route, size)
    if (request) request.push({ queue, batch })
    else plan.requests.set(route, [{ queue, batch }])
  }
  return plan
}
