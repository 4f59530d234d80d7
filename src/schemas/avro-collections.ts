/**
 * Arrays and maps of Avro, read no further than their bytes go. avsc believes the count before them: six bytes that claim
 * 2^50 items would never end, and take all memory.
 */
import avsc from 'avsc'

/** What avsc reads from; beyond the end it gives zeros, which it notices when all is read. */
interface Tap {
  buf: Buffer
  pos: number
  readLong(): number
  skipLong(): void
  readString(): string
}

interface Reading {
  _read(tap: Tap): unknown
}

/** So many items may take no bytes at all, as nulls do. */
const MOST_EMPTY = 100

const { ArrayType, MapType } = avsc.types as unknown as Record<'ArrayType' | 'MapType', { prototype: Reading }>

/** To be called before the first schema is read; again, it changes nothing. */
export function boundCollections(): void {
  ArrayType.prototype._read = readArray
  MapType.prototype._read = readMap
}

function readArray(this: Reading, tap: Tap): unknown[] {
  const { itemsType } = this as unknown as { itemsType: Reading }
  const items: unknown[] = []
  for (let count = blockSize(tap); count > 0; count = blockSize(tap)) {
    for (; count > 0; count--) items.push(itemsType._read(tap))
  }
  return items
}

function readMap(this: Reading, tap: Tap): Record<string, unknown> {
  const { valuesType } = this as unknown as { valuesType: Reading }
  // Without a prototype, `__proto__` is a name like others.
  const members = Object.create(null) as Record<string, unknown>
  for (let count = blockSize(tap); count > 0; count = blockSize(tap)) {
    for (; count > 0; count--) members[tap.readString()] = valuesType._read(tap)
  }
  return members
}

/** How many items follow; 0: that was the last block. A negative count has the block's size in bytes behind it. */
function blockSize(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.skipLong()
  if (Math.abs(count) <= Math.max(tap.buf.length - tap.pos, 0) + MOST_EMPTY) return Math.abs(count)
  throw new Error(`${Math.abs(count)} items cannot be in what is left of it`)
}
