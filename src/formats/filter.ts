/**
 * Which records are read of the partitions that are: those of one key, and those whose value matches an expression.
 */
import { UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import { BothFilter, KeyFilter, type RecordFilter } from '../records/record-filter.js'
import { encoderFor } from './encode.js'
import { GrepFilter } from './grep.js'

export interface FilterOptions {
  /** null: any. */
  key: { text: string; as: string } | null
  /** A regular expression that the value matches; null: any value. */
  grep: string | null
}

export interface Filter {
  key: Buffer | null
  records: RecordFilter
}

/** null: there is nothing to filter by. @throws UsageError */
export function createFilter({ key, grep }: FilterOptions): Filter | null {
  const bytes = key && encodedKey(key)
  const ofKey = bytes && new KeyFilter(bytes)
  const ofValue = grep === null ? null : new GrepFilter(grep)
  const records = ofKey && ofValue ? new BothFilter(ofKey, ofValue) : (ofKey ?? ofValue)
  return records && { key: bytes, records }
}

function encodedKey({ text, as }: { text: string; as: string }): Buffer {
  const bytes = Buffer.from(text)
  const encode = encoderFor(as, '--key-as')
  if (!encode) return bytes
  const encoded = new ByteWriter(bytes.length)
  const problem = encode(bytes, 0, bytes.length, encoded)
  if (problem !== undefined) throw new UsageError(`--key ${problem}`, 'check --key-as')
  return Buffer.from(encoded.view())
}
