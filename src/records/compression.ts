/**
 * The codecs of record batches, by their number in the attributes (Kafka's documentation, "Record Batch"). Packages load
 * when a batch first needs them. Whatever the bytes are, what comes out is bounded: a batch of a few kilobytes could
 * otherwise ask for gigabytes. gzip and zstd are Node's own, snappy and lz4 come as WebAssembly.
 */
import { createRequire } from 'node:module'
import type * as Zlib from 'node:zlib'
import { FailedError } from '../errors.js'
import { callWasm } from './wasm-codecs.js'

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof CODECS)[number]

/** What is compressed is more than may be: it may well be right. */
export class TooLargeError extends FailedError {}

/** Records of one batch, uncompressed. Brokers refuse batches over 1 MB unless told otherwise, so this is generous. */
export const MAX_UNCOMPRESSED = 256 << 20

/** Output is gathered in chunks: of Node's 16 KB, zstd loses two thirds of its speed, of 1 MB, a small batch would. */
const MIN_CHUNK = 16 << 10
const MAX_CHUNK = 1 << 20

/** xerial's stream format: 8 bytes of magic, two versions of 4, then blocks, each with its length before it. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
/** Java's block size; decoders hold one block at a time, so others should not be made to hold more. */
const XERIAL_BLOCK = 32 << 10

/** The most that a byte can become: snappy copies up to 64 bytes by an element of two, lz4 counts by bytes up to 255. */
const SNAPPY_RATIO = 32
const LZ4_RATIO = 255

const LZ4_MAGIC = 0x184d2204
const LZ4_VERSION = 0b01

const require = createRequire(import.meta.url)

/** Many a run meets no gzip and no zstd. */
function loadZlib(): typeof Zlib {
  return require('node:zlib') as typeof Zlib
}

/**
 * `bytes[start, end)` decompressed, at most `maxBytes` long. The result is the caller's.
 * Throws FailedError, without a place: the caller knows whose bytes they are.
 */
export function decompress(
  codec: Codec,
  bytes: Buffer,
  start: number,
  end: number,
  maxBytes = MAX_UNCOMPRESSED
): Buffer {
  const input = bytes.subarray(start, end)
  // Node frees what it gathered when the limit is passed, and takes 0 for "no limit".
  const options = { chunkSize: chunkSize(4 * input.length), maxOutputLength: Math.max(maxBytes, 1) }
  try {
    switch (codec) {
      case 'none':
        return input
      case 'gzip':
        return loadZlib().gunzipSync(input, options)
      case 'zstd':
        return loadZlib().zstdDecompressSync(input, options)
      case 'snappy':
        return snappyDecompress(input, maxBytes)
      case 'lz4':
        checkLz4Frame(input, maxBytes)
        return callWasm('lz4_decompress', input)
    }
  } catch (error) {
    if (error instanceof FailedError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(codec, maxBytes)
    throw new FailedError(`${codec} data is damaged`, undefined, { cause: error })
  }
}

/**
 * `bytes` compressed, in the form that the Java client writes. `level` is for gzip (1–9) and zstd (1–22), otherwise
 * the codec's own.
 */
export function compress(codec: Codec, level: number | undefined, bytes: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return bytes
    case 'gzip':
      return loadZlib().gzipSync(bytes, { chunkSize: chunkSize(bytes.length), ...(level !== undefined && { level }) })
    case 'zstd': {
      const params = level === undefined ? {} : { [loadZlib().constants.ZSTD_c_compressionLevel]: level }
      return loadZlib().zstdCompressSync(bytes, { chunkSize: chunkSize(bytes.length), params })
    }
    case 'snappy':
      return snappyCompress(bytes)
    case 'lz4':
      return callWasm('lz4_compress', bytes)
  }
}

/** For output of about this many bytes. */
function chunkSize(expected: number): number {
  return Math.min(Math.max(expected, MIN_CHUNK), MAX_CHUNK)
}

/** Java writes xerial's stream format, librdkafka one raw block: both are found in topics. */
function snappyDecompress(input: Buffer, maxBytes: number): Buffer {
  const decompressBlock = (block: Buffer): Buffer => callWasm('snappy_decompress', block)
  const blocks = input.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC) ? xerialBlocks(input) : [input]
  let total = 0
  for (const block of blocks) {
    total += snappyLength(block)
    if (total > maxBytes) throw tooLarge('snappy', maxBytes)
  }
  return blocks.length === 1 ? decompressBlock(blocks[0]!) : Buffer.concat(blocks.map(decompressBlock), total)
}

function xerialBlocks(input: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = XERIAL_HEADER.length; at < input.length;) {
    const end = at + 4 + input.readUInt32BE(at)
    blocks.push(input.subarray(at + 4, end))
    at = end
  }
  return blocks
}

/** What a block says its content's length is, an unsigned varint: the decoder takes memory by it, so it is checked first. */
function snappyLength(block: Buffer): number {
  let length = 0
  let at = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = block[at++]
    if (byte === undefined) throw damaged('snappy', 'a block has no length')
    length += (byte & 0x7f) * scale
    if (byte < 0x80) break
  }
  if (length > (block.length - at) * SNAPPY_RATIO) throw damaged('snappy', 'a block is too short for its content')
  return length
}

function snappyCompress(bytes: Buffer): Buffer {
  const parts: Buffer[] = [XERIAL_HEADER]
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK) {
    const block = callWasm('snappy_compress', bytes.subarray(at, at + XERIAL_BLOCK))
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/**
 * Walks the frame's blocks and adds up the most they can hold: the decoder itself knows no limit. Everything else
 * (checksums, block contents, the content size) is the decoder's to check.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
function checkLz4Frame(input: Buffer, maxBytes: number): void {
  if (input.length < 7 || input.readUInt32LE(0) !== LZ4_MAGIC) throw damaged('lz4', 'it is no frame')
  const flags = input[4]!
  const blockSize = 1 << (8 + 2 * ((input[5]! >> 4) & 7))
  if (flags >> 6 !== LZ4_VERSION || blockSize < 1 << 16) throw damaged('lz4', 'the frame has an unknown form')
  const [withContentSize, withBlockChecksum] = [flags & 0x08, flags & 0x10]
  let most = 0
  for (let at = 7 + (withContentSize ? 8 : 0); ;) {
    if (at + 4 > input.length) throw damaged('lz4', 'it ends before its last block')
    const word = input.readUInt32LE(at)
    if (word === 0) return
    const length = word & 0x7fffffff
    const stored = word >>> 31 === 1
    most += Math.min(blockSize, stored ? length : length * LZ4_RATIO)
    if (most > maxBytes) throw tooLarge('lz4', maxBytes)
    at += 4 + length + (withBlockChecksum ? 4 : 0)
  }
}

function damaged(codec: Codec, how: string): FailedError {
  return new FailedError(`${codec} data is damaged (${how})`)
}

function tooLarge(codec: Codec, maxBytes: number): TooLargeError {
  return new TooLargeError(`${codec} data is more than ${maxBytes} bytes when decompressed`)
}
