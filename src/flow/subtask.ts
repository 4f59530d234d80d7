/**
 * Which of n parallel readers a partition belongs to: Flink's assignment (semantics.md section 2), so that shares stay the
 * same whoever computes them, and never move when partitions are added. Pure.
 */

/** One of several that share the work of a pipe. */
export interface Share {
  /** From 0. */
  subtask: number
  /** How many there are. */
  parallelism: number
}

/** How many of them have nothing to read, where `owners` has the reader of each part. */
export function idleSubtasks(parallelism: number, owners: Iterable<number>): number {
  return parallelism - new Set(owners).size
}

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
