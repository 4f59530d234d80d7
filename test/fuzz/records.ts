/**
 * Fuzzes the reader of record batches with damaged batches, real ones and made ones. Half of them get their CRC renewed
 * and many are damaged under their compression, so that the damage gets past the outer checks. Whatever arrives, the
 * reader throws FailedError or shows records whose ranges lie in their buffers, within the bounds asked for and in order,
 * and comes to an end.
 */
import { readdirSync } from 'node:fs'
import { FailedError } from '../../src/errors.js'
import type { AbortedTransaction } from '../../src/records/aborted-transactions.js'
import { BatchHeader, FIELD, nextOffsetAfter, seal } from '../../src/records/batch-header.js'
import type { BatchRecords } from '../../src/records/batch-reader.js'
import { CODECS, compress, decompress } from '../../src/records/compression.js'
import { HeaderCursor } from '../../src/records/header-cursor.js'
import { type Given, random } from '../unit/formats/records.js'
import { batchOf, fixture, opened, type Range } from '../unit/records/batches.js'
import { damagedBytes, EXTREMES } from './damage.js'
import { type Below, type Fuzzer, oneOf } from './fuzzer.js'

const FIELDS: [number, number][] = Object.values(FIELD)
  .slice(0, -1)
  .map((at, index) => [at, Object.values(FIELD)[index + 1]! - at])

interface Damaged {
  bytes: Buffer
  /** Nothing that a checksum covers was damaged without the checksum telling. */
  sealed: boolean
}

/** Batches that stand behind each other, and what a reader shows of them. */
interface Sample {
  batches: Buffer[]
  contents: Set<string>
}

const MADE = 300
const samples = [...recorded(), ...made(random(1))].map((batches): Sample => {
  return { batches, contents: new Set(read(Buffer.concat(batches), {}, Infinity)) }
})

export const recordsFuzzer: Fuzzer = {
  name: 'record batches',
  cases: 700_000,
  next(below) {
    const { batches, contents } = oneOf(samples, below)
    const { bytes, sealed } = damaged(batches, below)
    const range = someRange(below)
    const limit = below(4) === 0 ? below(30) : Infinity
    const about = JSON.stringify(range, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    return {
      input: bytes,
      about,
      check() {
        for (const value of read(bytes, range, limit)) {
          if (!sealed && !contents.has(value)) throw new Error(`it shows ${value}`)
        }
      }
    }
  }
}

/** By brokers. */
function recorded(): Buffer[][] {
  return readdirSync(new URL('../unit/records/fixtures/', import.meta.url))
    .filter((name) => /^(java|kcat|append|compacted|timestamps|transactions).*\.bin$/.test(name))
    .map((name) => batchesOf(fixture(name)))
}

function made(below: Below): Buffer[][] {
  return Array.from({ length: MADE }, () => [...madeBatches(below)])
}

/** Reads it all and checks each record; returns their contents. FailedError ends it, and is right. */
function read(bytes: Buffer, range: Range, limit: number): string[] {
  const { from = 0n, until = null } = range
  const records = opened(bytes, range)
  records.limit = limit
  const contents: string[] = []
  let position = records.position
  try {
    while (records.next()) {
      const offset = records.offset()
      if (offset < position || (until !== null && offset >= until)) throw new Error(`offset ${offset} is out of range`)
      position = records.position
      if (position !== offset + 1n) throw new Error(`position ${position} after offset ${offset}`)
      contents.push(content(records))
    }
    if (records.position < position) throw new Error('the position goes back')
    const next = nextOffsetAfter(bytes, 0, bytes.length, from)
    const whole = until === null && limit > contents.length
    if (whole && next !== records.position) throw new Error(`position ${records.position}, and ${next} by the headers`)
  } catch (error) {
    if (!(error instanceof FailedError)) throw error
    if (error.place.offset === undefined || error.message.includes('\n')) throw error
    const next = nextOffsetAfter(bytes, 0, bytes.length, from)
    if (from === 0n && next === 0n) throw new Error('nobody would see the error', { cause: error })
  }
  if (contents.length > limit) throw new Error(`${contents.length} records of ${limit}`)
  return contents
}

/** The record's bytes as text; throws where they are not where they should be. */
function content(records: BatchRecords): string {
  const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd, headersStart, headersEnd } = records
  const parts = [
    String(records.exactTimestamp()),
    range(keyBytes, keyStart, keyEnd),
    range(valueBytes, valueStart, valueEnd)
  ]
  if (Number.isNaN(records.timestamp)) throw new Error('the timestamp is no number')
  const headers = new HeaderCursor()
  headers.reset(records)
  let at = headersStart
  let count = 0
  for (; headers.next(); count++) {
    const { bytes, nameStart, nameEnd, valueStart: start, valueEnd: end } = headers
    parts.push(range(bytes, nameStart, nameEnd), range(bytes, start, end))
    if (nameStart < at || (start >= 0 && start < nameEnd)) throw new Error('headers overlap')
    at = start < 0 ? nameEnd : end
  }
  if (at > headersEnd || count !== records.headerCount) throw new Error('headers go beyond their end')
  return parts.join('|')
}

function range(bytes: Buffer, start: number, end: number): string {
  if (start === -1 && end === -1) return 'null'
  if (start < 0 || start > end || end > bytes.length) throw new Error(`range ${start} to ${end} of ${bytes.length}`)
  return bytes.toString('latin1', start, end)
}

function batchesOf(bytes: Buffer): Buffer[] {
  const batches: Buffer[] = []
  const header = new BatchHeader()
  for (let at = 0; header.read('', 0, bytes, at, bytes.length); at = header.end)
    batches.push(bytes.subarray(at, header.end))
  return batches
}

function* madeBatches(below: Below): Generator<Buffer> {
  let offset = BigInt(below(1000))
  for (let left = 1 + below(3); left > 0; left--) {
    const count = 1 + below(10)
    const codec = CODECS[below(CODECS.length)]!
    const given = Array.from({ length: count }, () => someRecord(below))
    yield batchOf(given, offset, {
      codec,
      producerId: BigInt(below(4)) - 1n,
      baseSequence: 0,
      transactional: below(2) === 0
    })
    offset += BigInt(count)
  }
}

function someRecord(below: Below): Given {
  const bytes = (): Buffer | null =>
    below(4) === 0 ? null : Buffer.alloc(below(below(10) === 0 ? 500 : 12), below(256))
  const headers = Array.from({ length: below(3) }, (): [Buffer, Buffer | null] => [
    bytes() ?? Buffer.from('h'),
    bytes()
  ])
  return { key: bytes(), value: bytes(), headers, timestamp: EXTREMES[below(EXTREMES.length)]! }
}

function someRange(below: Below): Range {
  const from = below(2) === 0 ? 0n : below(8) === 0 ? 2n ** 62n : BigInt(below(25))
  const until = below(2) === 0 ? null : from + BigInt(below(12))
  const aborted = (): AbortedTransaction => ({ producerId: BigInt(below(12)), firstOffset: BigInt(below(15)) })
  return { from, until, aborted: below(2) === 0 ? null : Array.from({ length: below(4) }, aborted) }
}

function damaged(batches: Buffer[], below: Below): Damaged {
  const copies: Buffer[] = batches.map((batch) => Buffer.from(batch))
  let sealed = false
  for (let left = below(4); left > 0; left--) {
    const which = below(copies.length)
    const resealed = below(2) === 0
    let batch: Buffer =
      below(4) === 0 ? unpackedAndDamaged(copies[which]!, below) : damagedBytes(copies[which]!, 0, below)
    if (batch.length >= FIELD.records && below(4) !== 0) fixLength(batch)
    if (batch.length >= FIELD.records && resealed) {
      sealed = true
      const length = batch.readInt32BE(FIELD.length)
      fixLength(batch)
      if (below(3) === 0) batch = withField(batch, below)
      seal(batch, 0)
      if (below(8) === 0) batch.writeInt32BE(length, FIELD.length)
    }
    copies[which] = batch
  }
  const bytes = Buffer.concat(copies)
  return { bytes: below(5) === 0 ? bytes.subarray(0, below(bytes.length + 1)) : bytes, sealed }
}

function fixLength(batch: Buffer): void {
  batch.writeInt32BE(batch.length - FIELD.leaderEpoch, FIELD.length)
}

/** Damage within the records, compressed again as they were. */
function unpackedAndDamaged(batch: Buffer, below: Below): Buffer {
  if (batch.length < FIELD.records) return batch
  const codec = CODECS[batch.readInt16BE(FIELD.attributes) & 7]
  if (codec === undefined) return batch
  let records: Buffer
  try {
    records = Buffer.from(decompress(codec, batch, FIELD.records, batch.length))
  } catch {
    return damagedBytes(batch, FIELD.records, below)
  }
  const header = batch.subarray(0, FIELD.records)
  const changed = damagedBytes(records, 0, below)
  return Buffer.concat([header, changed.length === 0 ? changed : compress(codec, undefined, changed)])
}

/** The batch with one field of its header set to an extreme; never its length. */
function withField(batch: Buffer, below: Below): Buffer {
  const [at, size] = FIELDS[2 + below(FIELDS.length - 2)]!
  const value = BigInt.asUintN(size * 8, EXTREMES[below(EXTREMES.length)]!)
  batch.write(value.toString(16).padStart(size * 2, '0'), at, 'hex')
  return batch
}
