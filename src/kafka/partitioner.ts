/**
 * Which partition a key belongs to, exactly as Kafka's Java client decides it (murmur2, semantics.md section 5), so that
 * records of one key from sluice and from Java producers land together.
 */

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** 32-bit murmur2 of `bytes[start, end)`, as a signed integer (org.apache.kafka.common.utils.Utils#murmur2). */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  let hash = SEED ^ length
  let at = start
  for (const blocks = start + (length & ~3); at < blocks; at += 4) {
    let block = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    block = Math.imul(block, M)
    block ^= block >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(block, M)
  }
  const tail = length & 3
  if (tail === 3) hash ^= bytes[at + 2]! << 16
  if (tail >= 2) hash ^= bytes[at + 1]! << 8
  if (tail >= 1) hash = Math.imul(hash ^ bytes[at]!, M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among `count` partitions: masked, not `abs`, which would give other partitions. */
export function partitionForKey(bytes: Uint8Array, start: number, end: number, count: number): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % count
}
