/** Where a source goes on, and what it asks a server for that. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Json } from '../../endpoint-module.js'

/** What a URL said, by which it is known again. null: the server does not name it. */
export interface Version {
  etag: string | null
  modified: string | null
}

/** Behind an event; or so many records of a version, null being all of them. As a checkpoint has it. */
export type Position = null | { id: string } | (Version & { records: Json })

/** A stream of events is what we would rather have. */
const ACCEPT = 'text/event-stream, */*;q=0.9'

export function askHeaders(position: Position): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { accept: ACCEPT }
  if (position === null) return headers
  if ('id' in position) {
    // A header has bytes.
    if (position.id !== '') headers['last-event-id'] = Buffer.from(position.id).toString('latin1')
    return headers
  }
  if (position.records !== null) return headers
  if (position.etag !== null) headers['if-none-match'] = position.etag
  if (position.modified !== null) headers['if-modified-since'] = position.modified
  return headers
}

export function versionOf({ headers }: IncomingMessage): Version {
  return { etag: headers.etag ?? null, modified: headers['last-modified'] ?? null }
}

export function isNamed({ etag, modified }: Version): boolean {
  return etag !== null || modified !== null
}

export function isSame(one: Version, other: Version): boolean {
  return one.etag === null || other.etag === null
    ? one.modified !== null && one.modified === other.modified
    : one.etag === other.etag
}

export function isEventStream({ statusCode, headers }: IncomingMessage): boolean {
  return statusCode === 200 && /^text\/event-stream\b/i.test(headers['content-type'] ?? '')
}
