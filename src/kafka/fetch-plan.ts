/** Which partitions may be fetched now, and from whom: all that a broker leads go in one request to it. */
import type { Cursor } from './fetch-cursors.js'

export interface FetchPlan {
  /** By node id. */
  requests: Map<number, Cursor[]>
  leaderless: Cursor[]
  /** When the first of those that wait for their time may be asked for, by `performance.now()`; Infinity: none waits. */
  soonest: number
}

export interface Circumstances {
  /** By `performance.now()`. */
  now: number
  /** Node id; undefined: there is none. */
  leaderOf: (cursor: Cursor) => number | undefined
  /** Whether a broker is to be asked at all. */
  isFree: (node: number) => boolean
}

export function planFetches(cursors: Iterable<Cursor>, { now, leaderOf, isFree }: Circumstances): FetchPlan {
  const plan: FetchPlan = { requests: new Map(), leaderless: [], soonest: Infinity }
  for (const cursor of cursors) {
    if (cursor.notBefore > now) {
      plan.soonest = Math.min(plan.soonest, cursor.notBefore)
      continue
    }
    const node = leaderOf(cursor)
    if (node === undefined) plan.leaderless.push(cursor)
    else if (isFree(node)) {
      const request = plan.requests.get(node)
      if (request) request.push(cursor)
      else plan.requests.set(node, [cursor])
    }
  }
  return plan
}
