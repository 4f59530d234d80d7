/** Records from a list, for what takes a cursor; and a record as a list entry again. */
import type { Source } from '../../../src/flow/endpoint.js'
import { HeaderCursor, HeaderWriter } from '../../../src/records/header-cursor.js'
import { Records } from '../../../src/records/records.js'

export interface Plain {
  key?: string | null
  value?: string | null
  partition?: number
  timestamp?: number
  headers?: [string, string | null][]
}

export class ListRecords extends Records {
  readonly #list: Plain[]

  constructor(list: Plain[]) {
    super()
    this.#list = [...list]
    this.topic = 'list'
  }

  next(): boolean {
    const plain = this.#list.shift()
    if (!plain) return false
    const { key = null, value = null, partition = -1, timestamp = -1, headers = [] } = plain
    this.keyBytes = Buffer.from(key ?? '')
    this.keyStart = key === null ? -1 : 0
    this.keyEnd = key === null ? -1 : this.keyBytes.length
    this.valueBytes = Buffer.from(value ?? '')
    this.valueStart = value === null ? -1 : 0
    this.valueEnd = value === null ? -1 : this.valueBytes.length
    this.partition = partition
    this.timestamp = timestamp
    const writer = new HeaderWriter()
    for (const [name, content] of headers) writer.add(name, content)
    this.headersBytes = writer.bytes
    this.headersStart = 0
    this.headersEnd = writer.length
    this.headerCount = writer.count
    return true
  }
}

/** What a source gives next. It asks for nothing meanwhile. */
export async function chunkOf(source: Source, signal = new AbortController().signal): Promise<Records | null> {
  const records = await source.read(signal)
  if (typeof records === 'string') throw new Error(`the source asks to ${records}`)
  return records
}

/** The record at the cursor. */
export function plainOf(records: Records): { key: string | null; value: string | null; headers: string[] } {
  const text = (bytes: Buffer, start: number, end: number): string => bytes.toString('utf8', start, end)
  const cursor = new HeaderCursor()
  cursor.reset(records)
  const headers: string[] = []
  while (cursor.next()) {
    const value = cursor.valueStart < 0 ? 'null' : text(cursor.bytes, cursor.valueStart, cursor.valueEnd)
    headers.push(`${text(cursor.bytes, cursor.nameStart, cursor.nameEnd)}=${value}`)
  }
  return {
    key: records.keyStart < 0 ? null : text(records.keyBytes, records.keyStart, records.keyEnd),
    value: records.valueStart < 0 ? null : text(records.valueBytes, records.valueStart, records.valueEnd),
    headers
  }
}
