/**
 * Fuzzes decompression: what was compressed comes back; what was damaged after that gives bytes within the limit, or
 * FailedError. Damage to the content of blocks gets past the checks of the framing around them, and a codec that has
 * misbehaved once still gives back what is right.
 */
import { FailedError } from '../../src/errors.js'
import { type Codec, CODECS, compress, decompress } from '../../src/records/compression.js'
import { damagedBytes } from './damage.js'
import { random } from '../unit/formats/records.js'
import { type Below, type Fuzzer, oneOf } from './fuzzer.js'

/** Of xerial's framing: what stands before the first block, its length included. */
const XERIAL = 20
const MOST = 64 << 10

interface Sample {
  codec: Codec
  content: Buffer
  packed: Buffer
}

/** Of each codec. Compressing takes longer than all the rest. */
const MADE = 60
const samples = CODECS.flatMap((codec) => made(codec, random(1)))

export const codecsFuzzer: Fuzzer = {
  name: 'codecs',
  cases: 600_000,
  next(below) {
    const { codec, content, packed } = oneOf(samples, below)
    const isDamaged = below(4) > 0
    let input = packed
    if (isDamaged)
      for (let left = 1 + below(3); left > 0; left--) input = damagedBytes(input, startOf(codec, below), below)
    // What is before and behind it in a response is no part of it.
    const around = Buffer.concat([Buffer.from('\xff\xff', 'latin1'), input, Buffer.from('\0\0\0\0')])
    return {
      input,
      about: codec,
      check: () => (isDamaged ? survives(codec, around) : comesBack(codec, around, content))
    }
  }
}

function made(codec: Codec, below: Below): Sample[] {
  return Array.from({ length: MADE }, () => {
    const content = someContent(below)
    const packed = compress(codec, undefined, content)
    // One block without framing, as librdkafka writes it.
    const isRaw = codec === 'snappy' && content.length > 0 && below(2) === 0
    return { codec, content, packed: isRaw ? packed.subarray(XERIAL) : packed }
  })
}

function someContent(below: Below): Buffer {
  const size = below(8) === 0 ? below(5000) : below(300)
  switch (below(3)) {
    case 0:
      return Buffer.alloc(size, below(256))
    case 1:
      return Buffer.from(Array.from({ length: size % 300 }, () => below(256)))
    default:
      return Buffer.from(`{"id":${below(100)},"user":"u"}\n`.repeat(size / 20 + 1))
  }
}

/** Often behind the head, of which any damage is found at once. */
function startOf(codec: Codec, below: Below): number {
  if (below(3) === 0) return 0
  return { none: 0, gzip: 10, snappy: XERIAL, lz4: 7, zstd: 5 }[codec]
}

function comesBack(codec: Codec, around: Buffer, content: Buffer): void {
  const opened = decompress(codec, around, 2, around.length - 4)
  if (!opened.equals(content)) throw new Error('it does not come back')
}

function survives(codec: Codec, around: Buffer): void {
  try {
    const opened = decompress(codec, around, 2, around.length - 4, MOST)
    if (opened.length > MOST) throw new Error(`${opened.length} bytes, where ${MOST} may be`)
  } catch (error) {
    if (!(error instanceof FailedError)) throw error
    if (error.line.includes('\n')) throw new Error('the message has several lines', { cause: error })
  }
}
