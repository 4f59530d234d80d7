/**
 * Fields that the user fixes for all records of a run: a key for those that have none, headers after their own.
 */
import { ByteWriter } from '../records/byte-writer.js'
import { HeaderWriter } from '../records/header-cursor.js'
import type { Records } from '../records/records.js'

/** Sets fixed fields of the cursor's current record. */
export type Stamp = (records: Records) => void

export interface Fixed {
  key: string | null
  headers: { name: string; value: string }[]
}

/** null where nothing is fixed, so that nothing is paid for it. */
export function createStamp({ key, headers }: Fixed): Stamp | null {
  const keyBytes = key === null ? null : Buffer.from(key)
  const stampHeaders = headers.length === 0 ? null : headerStamp(headers)
  if (keyBytes === null) return stampHeaders
  return (records) => {
    if (records.keyStart < 0) {
      records.keyBytes = keyBytes
      records.keyStart = 0
      records.keyEnd = keyBytes.length
    }
    stampHeaders?.(records)
  }
}

function headerStamp(headers: Fixed['headers']): Stamp {
  const writer = new HeaderWriter()
  for (const { name, value } of headers) writer.add(name, Buffer.from(value))
  const fixed = Buffer.from(writer.bytes.subarray(0, writer.length))
  const joined = new ByteWriter(1 << 10)
  return (records) => {
    // A parser without headers leaves those of the record before in place.
    const own = records.headersBytes === joined.bytes ? 0 : records.headerCount
    joined.clear()
    if (own > 0) joined.copy(records.headersBytes, records.headersStart, records.headersEnd)
    joined.copy(fixed, 0, fixed.length)
    records.headersBytes = joined.bytes
    records.headersStart = 0
    records.headersEnd = joined.length
    records.headerCount = own + writer.count
  }
}
