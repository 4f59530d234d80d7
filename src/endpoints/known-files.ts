/**
 * How far files are read, by device and inode: a file that is renamed is the same one. A number that the system gives to
 * another file later is told from that by the time at which the file was made, where the file system keeps that.
 */
import type { BigIntStats } from 'node:fs'
import type { FilePosition } from '../flow/endpoint.js'

export class KnownFiles {
  readonly #files = new Map<string, FilePosition>()

  constructor(restored: readonly FilePosition[]) {
    for (const position of restored) this.#files.set(keyOf(position.device, position.inode), { ...position })
  }

  get(stats: BigIntStats): FilePosition | undefined {
    const known = this.#files.get(keyOf(stats.dev, stats.ino))
    return known && isSame(known, stats) ? known : undefined
  }

  /** A file that is new, at its beginning. */
  add(file: string, { dev, ino, birthtimeNs }: BigIntStats, offset: number): FilePosition {
    const position = { file, device: dev, inode: ino, birth: birthtimeNs, offset, line: 0, size: 0 }
    this.#files.set(keyOf(dev, ino), position)
    return position
  }

  delete({ device, inode }: FilePosition): void {
    this.#files.delete(keyOf(device, inode))
  }

  [Symbol.iterator](): Iterator<FilePosition> & Iterable<FilePosition> {
    return this.#files.values()
  }

  get size(): number {
    return this.#files.size
  }
}

export function isSame({ device, inode, birth }: FilePosition, stats: BigIntStats): boolean {
  if (device !== stats.dev || inode !== stats.ino) return false
  const { birthtimeNs: now } = stats
  // Where it is not kept, systems say 0 or the time of the last change.
  return birth === now || birth === 0n || now === 0n || now === stats.ctimeNs
}

function keyOf(device: bigint, inode: bigint): string {
  return `${device}:${inode}`
}
