/**
 * The form in which one API of the Kafka protocol is described: key, the versions spoken, how to write a request and
 * read a response. One file under `requests/` describes one API; `wire.ts` sends it.
 */
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

export interface Api<Args, Result> {
  readonly key: number
  readonly name: string
  /** Lowest and highest version spoken here; the highest one that the broker speaks too is used. */
  readonly versions: readonly [number, number]
  /** The first Kafka that speaks the lowest of them, where that is not 0.11, without which nothing works. */
  readonly since?: string
  /** First version with flexible headers and compact fields (KIP-482), if it lies within `versions`. */
  readonly flexibleFrom?: number
  /** Writes the request's body. */
  encode(args: Args, to: Writer, version: number): void
  /** Reads the bytes after the response header. Error codes are part of the result: it does not throw for them. */
  decode(from: Reader, version: number): Result
  /** The highest version in which these arguments can be said, where not all of them can be in the highest of all. */
  highest?(args: Args): number
  /** False for a request that is never answered (produce with acks=0): `decode` then gets no bytes. */
  answered?(args: Args): boolean
}
