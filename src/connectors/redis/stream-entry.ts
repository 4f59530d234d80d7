/**
 * Records as entries of a stream: the fields `key`, `value`, `timestamp` (milliseconds) and `header:NAME`, or `null:NAME` for a
 * header without a value, bytes as they are. What a record does not have has no field; one that has nothing at all has the
 * field `tombstone`, since an entry needs one. Pure.
 */
import type { Message } from '../../endpoint-module.js'
import type { Command, Reply } from './client.js'

const EMPTY = Buffer.alloc(0)

/** The fields, as XADD takes them. */
export function fieldsOf({ key, value, headers, timestamp }: Message): Command {
  const fields: Command = []
  if (key !== null) fields.push('key', key)
  if (value !== null) fields.push('value', value)
  if (timestamp !== null) fields.push('timestamp', `${timestamp}`)
  for (const [name, content] of headers)
    fields.push(`${content === null ? 'null' : 'header'}:${name}`, content ?? EMPTY)
  return fields.length === 0 ? ['tombstone', EMPTY] : fields
}

/** An entry of a reply; fields are null where it was deleted. */
export type Entry = [id: Buffer, fields: Buffer[] | null]

/** @throws Error for an entry that has other fields */
export function messageOf([id, fields]: Entry, stream: string): Partial<Message> {
  const message: Partial<Message> & Pick<Message, 'headers'> = {
    ...{ topic: stream, key: null, value: null, headers: [] },
    timestamp: BigInt(/^\d+/.exec(id.toString())![0])
  }
  for (let i = 0; i < fields!.length; i += 2) {
    const [name, content] = [fields![i]!.toString(), fields![i + 1]!]
    const [, kind, header] = /^(header|null):(.*)$/s.exec(name) ?? []
    if (kind !== undefined) message.headers.push([header!, kind === 'null' ? null : content])
    else if (name === 'key' || name === 'value') message[name] = content
    else if (name === 'timestamp') message.timestamp = timestampOf(content, id)
    else if (name !== 'tombstone')
      throw new Error(`entry ${id.toString()} has the field '${name}': say entries=json for such`)
  }
  return message
}

/** All fields of an entry, as a JSON object of texts. @throws Error for bytes that are none */
export function jsonOf([id, fields]: Entry, stream: string): Partial<Message> {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>
  for (let i = 0; i < fields!.length; i += 2) texts[textOf(fields![i]!, id)] = textOf(fields![i + 1]!, id)
  return { topic: stream, value: Buffer.from(JSON.stringify(texts)), timestamp: BigInt(/^\d+/.exec(id.toString())![0]) }
}

/** @param reply of XREAD or XREADGROUP for one stream */
export function entriesOf(reply: Reply): Entry[] {
  return reply === null ? [] : (reply as [[Buffer, Entry[]]])[0][1]
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Buffer, id: Buffer): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Error(`entry ${id.toString()} has bytes that are no text: leave entries=json out`)
  }
}

function timestampOf(content: Buffer, id: Buffer): bigint {
  const text = content.toString()
  if (/^\d{1,18}$/.test(text)) return BigInt(text)
  throw new Error(`entry ${id.toString()} has a timestamp that is no number of milliseconds: say entries=json for such`)
}
