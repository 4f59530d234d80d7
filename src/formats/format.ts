/**
 * What a format is. A Formatter turns records into text, a Parser text into records; both are made once a run by
 * `index.ts`, which loads the one file that is asked for. Neither knows files, sockets or Kafka: bytes in, bytes out.
 */
import { BadRecordError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import { Records } from '../records/records.js'
import type { Encode } from './encode.js'
import { parseInteger, parseTimestamp } from './timestamp.js'

/** Characters of `2026-05-09T07:29:33.186123456+02:00`. */
const LONGEST_TIMESTAMP = 35

const MAX_INT32 = 2 ** 31 - 1

export interface Formatter {
  /** What stands before the first record: the header line of csv and tsv, else nothing. */
  begin(out: ByteWriter): void

  /**
   * Appends the record at the cursor.
   * @throws BadRecordError with topic, partition and offset for a record that cannot be decoded. What was appended of it
   * is to be taken back by the caller (`out.length`).
   */
  write(records: Records, out: ByteWriter): void
}

export interface FormatterOptions {
  /** A name of `formatterNames`, or a kcat format string. */
  format: string
  fields: string[] | null
  /** Whether csv and tsv begin with a header line. */
  header: boolean
  delimiter: Buffer
  keyDelimiter: Buffer | null
  keyAs: string
  valueAs: string
}

export interface ParserOptions {
  /** A name of `parserNames`. */
  format: string
  delimiter: Buffer
  keyDelimiter: Buffer | null
  /** Whether an empty value is a null value. */
  emptyIsNull: boolean
  keyField: string | null
  valueField: string | null
  timestampField: string | null
  /** Names of the columns of csv and tsv, whose first line is then data. */
  columns: string[] | null
  /** False: there is no header line (and `columns` are needed). */
  header: boolean
  keyAs: string
  valueAs: string
}

/**
 * Text as records. One parser reads one input, from its beginning to its end. Keys and values are ranges of the bytes
 * fed, or of `scratch` where something had to be decoded. After an error `next()` goes on with the record after it.
 */
export abstract class Parser extends Records {
  /** Bytes before this index of the buffer fed last are done with. */
  consumed = 0

  /** Where in the buffer fed last the current record begins. */
  recordStart = 0

  /** The text of the current record, without what ends it. */
  protected abstract readonly text: Buffer

  /** Text → bytes of keys and values; null where the text's bytes are taken as they are. */
  protected encodeKey: Encode | null = null
  protected encodeValue: Encode | null = null
  /** The timestamp where `timestamp` cannot hold it. */
  #exact: bigint | null = null
  protected readonly scratch = new ByteWriter(1 << 10)

  /**
   * Gives input to parse: `bytes[start, end)`, which begins with what was left unconsumed of the input fed before.
   * @param final nothing follows
   */
  abstract feed(bytes: Buffer, start: number, end: number, final: boolean): void

  /** Where in the buffer fed last reading can be gone on with: behind what was given. */
  get settled(): number {
    return this.consumed
  }

  /** Lines (or records) before `settled`. */
  get lines(): number {
    return this.line
  }

  /**
   * Takes what stands before the first record and is needed to read any of them, as the header line of csv. False: needs
   * more input. `next()` does so by itself.
   */
  begin(): boolean {
    return true
  }

  /** Goes on in the middle of an input, behind so many lines: what is fed next stands there. */
  resume(lines: number): void {
    this.line = lines
  }

  /** Moves to the next record. False: needs more input, or has come to the end of a final one. */
  abstract override next(): boolean

  /** Sets the key from text. A null key has `start` -1. */
  protected setKey(bytes: Buffer, start: number, end: number): void {
    this.keyBytes = bytes
    this.keyStart = start
    this.keyEnd = end
    if (this.encodeKey === null || start < 0) return
    const { scratch } = this
    this.keyStart = scratch.length
    const problem = this.encodeKey(bytes, start, end, scratch)
    if (problem !== undefined) throw this.wrong(`the key ${problem}`, 'check --key-as')
    this.keyBytes = scratch.bytes
    this.keyEnd = scratch.length
  }

  /** Sets the value from text. A null value has `start` -1. */
  protected setValue(bytes: Buffer, start: number, end: number): void {
    this.valueBytes = bytes
    this.valueStart = start
    this.valueEnd = end
    if (this.encodeValue === null || start < 0) return
    const { scratch } = this
    this.valueStart = scratch.length
    const problem = this.encodeValue(bytes, start, end, scratch)
    if (problem !== undefined) throw this.wrong(`the value ${problem}`, 'check --value-as')
    this.valueBytes = scratch.bytes
    this.valueEnd = scratch.length
  }

  /** Sets the timestamp from text: milliseconds, ISO 8601, or nothing. */
  protected setTimestamp(bytes: Buffer, start: number, end: number): void {
    this.#exact = null
    this.timestamp = start === end ? -1 : parseInteger(bytes, start, end)
    if (this.timestamp >= -1) return
    const text = bytes.toString('latin1', start, Math.min(end, start + LONGEST_TIMESTAMP))
    const exact = end - start > LONGEST_TIMESTAMP ? undefined : parseTimestamp(text)
    if (exact === undefined) {
      this.timestamp = -1
      throw this.wrong(`${JSON.stringify(text)} is no timestamp`, 'use milliseconds since 1970, or ISO 8601')
    }
    this.timestamp = Number(exact)
    if (!Number.isSafeInteger(this.timestamp)) this.#exact = exact
  }

  /** Sets the partition from text: a number, or nothing. */
  protected setPartition(bytes: Buffer, start: number, end: number): void {
    this.partition = start === end ? -1 : parseInteger(bytes, start, end)
    if (this.partition >= -1 && this.partition <= MAX_INT32) return
    this.partition = -1
    const text = bytes.toString('utf8', start, Math.min(end, start + LONGEST_TIMESTAMP))
    throw this.wrong(`${JSON.stringify(text)} is no partition`, 'partitions are numbered from 0')
  }

  override exactTimestamp(): bigint {
    return this.#exact ?? super.exactTimestamp()
  }

  /** What is wrong with the current line, for whoever knows the file to place. */
  protected wrong(what: string, advice: string): BadRecordError {
    const error = new BadRecordError(what, advice, { place: { line: this.line } })
    error.raw = this.text
    return error
  }
}
