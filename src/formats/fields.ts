/**
 * `--fields`: what the columns of jsonl, csv and tsv are. A name is a field of the record, `headers.NAME`, or a dotted
 * path into the JSON of its key or value (`value.user.id`, `value.items.0`).
 */
import { UsageError } from '../errors.js'
import { HeaderCursor } from '../records/header-cursor.js'
import type { Records } from '../records/records.js'
import type { FormatterOptions } from './format.js'
import { equals, JsonPaths } from './json-paths.js'
import { unknownName } from './names.js'
import { undecodable } from './record-text.js'

export type Field =
  | { kind: 'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'value' | 'headers'; name: string }
  | { kind: 'header'; name: string; header: Buffer }
  | { kind: 'path'; name: string; side: Side; slot: number }

type Side = 'key' | 'value'

export const recordFields = ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'] as const
const defaultFields = ['topic', 'partition', 'offset', 'timestamp', 'key', 'value']

/** Where in a record the fields of one run are found. */
export class Row {
  readonly fields: Field[]
  /** What dotted paths led to in the current record, once `find` was called. */
  readonly key: JsonPaths | null
  readonly value: JsonPaths | null

  /** What `findHeader` found. */
  headerStart = -1
  headerEnd = -1
  readonly headers = new HeaderCursor()

  /** @throws UsageError for a name that is no field */
  constructor({ fields, keyAs, valueAs }: Pick<FormatterOptions, 'fields' | 'keyAs' | 'valueAs'>) {
    const paths: Record<Side, string[][]> = { key: [], value: [] }
    this.fields = (fields ?? defaultFields).map((name): Field => {
      const [head, ...path] = name.split('.')
      if (path.length === 0) return { kind: recordField(name), name }
      if (head === 'headers' || head === 'header') {
        return { kind: 'header', name, header: Buffer.from(path.join('.')) }
      }
      if (head !== 'key' && head !== 'value') throw unknownField(name, head!)
      checkReadable(name, head, head === 'key' ? keyAs : valueAs)
      return { kind: 'path', name, side: head, slot: paths[head].push(path) - 1 }
    })
    if (this.fields.length === 0) throw new UsageError('--fields names no field', 'name one or more, such as key,value')
    this.key = paths.key.length > 0 ? new JsonPaths(paths.key) : null
    this.value = paths.value.length > 0 ? new JsonPaths(paths.value) : null
  }

  /** Looks at the record at the cursor. @throws BadRecordError where a path needs JSON and there is none */
  find(records: Records): void {
    if (this.key && records.keyStart >= 0) {
      const problem = this.key.find(records.keyBytes, records.keyStart, records.keyEnd)
      if (problem !== undefined) throw undecodable(records, 'key', problem)
    }
    if (this.value && records.valueStart >= 0) {
      const problem = this.value.find(records.valueBytes, records.valueStart, records.valueEnd)
      if (problem !== undefined) throw undecodable(records, 'value', problem)
    }
  }

  /** Finds a header by its name: the last one, as Java's `lastHeader`. False where there is none, or it is null. */
  findHeader(name: Buffer, records: Records): boolean {
    const { headers } = this
    this.headerStart = -1
    headers.reset(records)
    while (headers.next()) {
      if (!equals(name, headers.bytes, headers.nameStart, headers.nameEnd)) continue
      this.headerStart = headers.valueStart
      this.headerEnd = headers.valueEnd
    }
    return this.headerStart >= 0
  }
}

function recordField(name: string): (typeof recordFields)[number] {
  const known = recordFields.find((each) => each === name)
  if (!known) throw unknownField(name, name)
  return known
}

function unknownField(name: string, head: string): UsageError {
  const known = [...recordFields, 'headers.NAME', 'key.PATH', 'value.PATH']
  return unknownName(`'${name}' is no field of a record`, head, known)
}

function checkReadable(name: string, side: Side, form: string): void {
  if (form === 'string' || form === 'json') return
  throw new UsageError(`the field '${name}' reads JSON, but --${side}-as is ${form}`, `leave --${side}-as out`)
}
