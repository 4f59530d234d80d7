/**
 * The form in which one API of the Kafka protocol is described: key, the versions spoken, how to write a request and
 * read a response. One file under `requests/` describes one API; `wire.ts` sends it.
 */

export interface Api<Args, Result> {
  readonly key: number
  readonly name: string
  /** Lowest and highest version spoken here; the highest one that the broker speaks too is used. */
  readonly versions: readonly [number, number]
  /** First version with a flexible request header (KIP-482), if it lies within `versions`. */
  readonly flexibleFrom?: number
  /** The request's body, as consecutive pieces; large pieces are sent as they are, without a copy. */
  encode(args: Args, version: number): Buffer[]
  /** Reads the bytes after the response header. Error codes are part of the result: it does not throw for them. */
  decode(body: Buffer, version: number): Result
}
