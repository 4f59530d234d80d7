/**
 * Over which connection a partition's batches go. A broker serves each connection one request at a time, and appends with
 * one thread meanwhile: two connections keep it a fifth busier, and more of them bring little. A partition stays with its
 * own, so that its batches stay in order.
 */
import type { Lane } from './wire.js'

const LANES: readonly Lane[] = ['produce', 'produce-2']

/** A broker and a connection to it, as a number. */
export type Route = number

export function routeTo(node: number, partition: number): Route {
  return node * LANES.length + (partition % LANES.length)
}

export function endOf(route: Route): { node: number; lane: Lane } {
  const index = route % LANES.length
  return { node: (route - index) / LANES.length, lane: LANES[index]! }
}
