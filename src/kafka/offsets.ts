/**
 * Offsets, wherever one is asked for: the specification (what the user wrote) and its resolution to numbers.
 */

/** What an OFFSETS expression means (cli.md, "Offsets, wherever one is asked for"). Pure data. */
export type OffsetSpec =
  | { kind: 'group' }
  | { kind: 'earliest' }
  | { kind: 'latest' }
  /** The first record with this timestamp or a later one: milliseconds since the epoch. */
  | { kind: 'timestamp'; timestamp: bigint | number }
  | { kind: 'offset'; offset: bigint }
  /** The last `count` offsets of each partition. */
  | { kind: 'last'; count: bigint }
  /** `topic` is null where the user named only the partition. */
  | { kind: 'specific'; offsets: { topic: string | null; partition: number; offset: bigint }[] }

/** `auto.offset.reset`: for a partition without a committed offset. */
export type Reset = 'earliest' | 'latest' | 'none'
