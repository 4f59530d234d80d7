/**
 * Which of n parallel readers a partition belongs to: Flink's assignment (semantics.md section 2), so that shares stay the
 * same whoever computes them, and never move when partitions are added. Pure.
 */

/** The reader, from 0, of a topic's partition among `count`. */
export function ownerOf(topic: string, partition: number, count: number): number {
  const start = (Math.imul(javaHashCode(topic), 31) & 0x7fffffff) % count
  return (start + partition) % count
}

/** Java's String.hashCode: over UTF-16 units, wrapping at 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}
