/** `--compression`: a codec, and its level: `zstd:3`. Pure. */
import { UsageError } from '../errors.js'
import { parseCount } from './quantity.js'

export interface Compression {
  codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  level: number | undefined
}

/** The highest level of each codec that has levels. */
const levels: Record<Compression['codec'], number> = { none: 0, gzip: 9, snappy: 0, lz4: 0, zstd: 22 }

/** @throws UsageError */
export function parseCompression(text: string): Compression {
  const [codec, level] = text.split(/:(.*)/s) as [Compression['codec'], string?]
  if (!Object.hasOwn(levels, codec)) {
    throw new UsageError(`'${text}' is no compression`, `use one of ${Object.keys(levels).join(', ')}`)
  }
  if (level === undefined) return { codec, level }
  if (levels[codec] === 0) throw new UsageError(`${codec} has no levels`, `write ${codec}`)
  return { codec, level: parseCount(level, 1, levels[codec]) }
}
