/**
 * What a module is to be for `pipe` to read from a system or write to it (docs/guides/own-endpoint.md): the same for
 * everybody's own (`sluice pipe ./my-endpoint.mjs?x=1 kafka:t`) and for the built-in ones of src/connectors. Types alone,
 * exported as `sluice-kafka/endpoint`.
 *
 * A record is an object here, unlike between topics and files: the systems behind such modules move some ten thousand
 * records a second, of which the objects are a small part, and in exchange a module is a page of plain code.
 */

/** What a module exports: at least one of the two. */
export interface EndpointModule {
  // Of whatever options: those of a definition that names its own are others than any.
  /* eslint-disable @typescript-eslint/no-explicit-any */
  source?: SourceDefinition<any>
  sink?: SinkDefinition<any>
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

/** A record. What a system does not have of it is null, '' (topic) or -1 (partition). */
export interface Message {
  key: Buffer | null
  /** null: a tombstone, which stands for the removal of what has the key. */
  value: Buffer | null
  /** In their order; a name may be there more than once. */
  headers: [name: string, value: Buffer | null][]
  /** Milliseconds since the epoch. */
  timestamp: bigint | null
  /** Where it stands: of a topic or what is like one. */
  topic: string
  partition: number
  offset: bigint | null
}

/** JSON. A whole number comes back from a checkpoint as a bigint, whatever it was, so that none loses a digit. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [name: string]: Json }

/** An option of an endpoint, as in `?name=value`. Sluice reads and checks it: a wrong one is wrong usage. */
export interface OptionSpec {
  /**
   * `number`: a whole one. `duration`: `500ms`, `5s`, `1h30m`; read as milliseconds. `size`: `64k`, `100MB`; read as bytes.
   * `boolean`: `?name` or `?name=false`; false by default. A list: one of these words.
   */
  type: 'string' | 'number' | 'boolean' | 'duration' | 'size' | readonly string[]
  /** For people: what it is for, in a few words. */
  description: string
  /** As it is read: milliseconds, bytes. Without one an option that is not given is undefined (a boolean: false). */
  default?: string | number | boolean
  required?: boolean
  /** Of a string: it may be given more than once, and is a list of all that was given. */
  multiple?: true
  /** Bounds of a number, both included; 0 and 2^53 - 1 where none are given. */
  min?: number
  max?: number
  /** Another value means another place: a checkpoint of the one is refused by the other (a table, a query). */
  isPlace?: boolean
  /** The environment variable that it is taken from where it is not given. Its value is never shown. */
  secret?: string
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

/** The options as a module is given them. */
export type OptionValues<Specs extends OptionSpecs = OptionSpecs> = OptionSpecs extends Specs
  ? Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  : { readonly [Name in keyof Specs]: OptionValue<Specs[Name]> | Missing<Specs[Name]> }

type OptionValue<Spec extends OptionSpec> = Spec['type'] extends readonly (infer Word)[]
  ? Word
  : Spec extends { multiple: true }
    ? readonly string[]
    : Spec['type'] extends 'string'
      ? string
      : Spec['type'] extends 'boolean'
        ? boolean
        : number

type Missing<Spec extends OptionSpec> = Spec extends { type: 'boolean' } | { default: unknown } | { required: true }
  ? never
  : undefined

/** An endpoint as it is named on the command line. */
export interface Endpoint<Specs extends OptionSpecs = OptionSpecs> {
  /** As it was typed, a password in it masked: how messages call it. */
  name: string
  /**
   * What stands behind the scheme and before the options: `//host:port/path` as it was typed, for `new URL`; anything
   * else percent-decoded. '' for a module that is named by its file.
   */
  address: string
  options: OptionValues<Specs>
}

/** What modules are given when they open an endpoint. */
export interface Context<Specs extends OptionSpecs = OptionSpecs> extends Endpoint<Specs> {
  /** Says something to the user, on stderr behind the endpoint's name: that the peer is gone, or there again. */
  notice(text: string): void
  /**
   * Aborted when the run is to end. Whatever waits then should stop waiting (a `read` for records, a `write` for a peer that
   * is away); what moves goes on to its end.
   */
  signal: AbortSignal
}

/**
 * What a source can promise.
 * - `at-most-once`: what it has read is gone (pub/sub): records under way are lost with a crash.
 * - `at-least-once`: what is not acknowledged comes again (a queue): no record is lost, some may come twice.
 * - `resumable`: a position says where to go on, and from there the same records come again in the same order, new ones
 *   behind them (a table read by a growing column): this alone can have a checkpoint, and be part of exactly-once.
 */
export type SourceDelivery = 'at-most-once' | 'at-least-once' | 'resumable'

/** Where records come from. Errors: whatever is thrown ends the run, its message behind the endpoint's name. */
export interface SourceDefinition<Specs extends OptionSpecs = OptionSpecs> {
  options?: Specs
  /** Called first, and touches nothing: what it throws, about an address or options that do not go together, is wrong usage. */
  delivery(endpoint: Endpoint<Specs>): SourceDelivery
  /** Resolves when there is a connection. */
  open(context: SourceContext<Specs>): Promise<EndpointSource>
}

export interface SourceContext<Specs extends OptionSpecs = OptionSpecs> extends Context<Specs> {
  /** Of a `resumable` source: where to go on, as a batch said it; null: at the start. */
  position: Json
  /** Whether positions are kept: without it, batches need none but for `acknowledge`. */
  wantsPositions: boolean
  /** Says what only a user wants to know who asks for it (`--verbose`): where it listens. */
  verbose(text: string): void
}

export interface EndpointSource {
  /**
   * The next records, in their order; null: that is the end. Waits while there are none. One call at a time; the next one
   * says that the batch before it was taken by the sink, which is how a slow sink holds a source back. A batch is all that
   * is in memory of a source, so 1000 records or 1 MB are plenty.
   */
  read(signal: AbortSignal): Promise<Batch | null>
  /**
   * Of an `at-least-once` source, called when what it gave is written out: all batches up to the one with this position
   * (the very object) need not come again. One call at a time, beside `read`; once a second, sooner where `window` says so,
   * and at the end. One that rejects is told to the user, and the run goes on.
   */
  acknowledge?(position: unknown): Promise<void>
  /** With `acknowledge`: how many records the system hands out before it waits for an acknowledgement (prefetch); the run keeps to half of it. */
  readonly window?: number
  /** Releases what it holds. Called once, also after an error, and never during `read`. */
  close(): Promise<void>
}

export interface Batch {
  /** What a message leaves out is null, [], '' or -1. May be empty. */
  messages: Partial<Message>[]
  /**
   * Where to go on behind this batch: JSON, of a `resumable` source; anything, where only `acknowledge` has a use for it. A
   * batch without one counts as part of the next that has one.
   */
  position?: unknown
  /**
   * Where to go on behind the first `count` messages, and how many of these lie behind that position: of a `resumable` source
   * whose records may be changed or removed meanwhile. Without it a run that ended amid a batch passes by as many records as
   * were taken, and then others have moved up. Asked for seldom.
   */
  behind?(count: number): { position: unknown; taken: number }
  /** There is nothing more for now: what was given should go out without waiting for more. */
  idle?: boolean
}

/**
 * What a sink can promise about a record that is written again after a crash.
 * - `at-least-once`: it is there twice.
 * - `idempotent`: it replaces itself (the same id or key): with a `resumable` source that is exactly-once.
 * - `transactional`: it is there once, since records and the checkpoint become final together.
 */
export type SinkDelivery = 'at-least-once' | 'idempotent' | 'transactional'

/** Where records go. */
export interface SinkDefinition<Specs extends OptionSpecs = OptionSpecs> {
  options?: Specs
  /** As a source's. */
  delivery(endpoint: Endpoint<Specs>): SinkDelivery
  open(context: SinkContext<Specs>): Promise<EndpointSink>
}

export interface SinkContext<Specs extends OptionSpecs = OptionSpecs> extends Context<Specs> {
  /**
   * Of a `transactional` sink: the name under which it is to keep the checkpoint, beside what other runs keep there. null:
   * nobody asks for exactly-once, and what `write` has written is final.
   */
  checkpoint: string | null
}

export interface EndpointSink {
  /**
   * Writes records, in their order; resolves when they are where they would survive a crash of this program. Records that
   * the system refuses are told as such (`--on-error` says what becomes of them), anything else by rejecting: a sink that
   * can, tries again by itself first. Of one with `concurrency` 1 (the default), one call at a time.
   */
  write(messages: readonly Message[]): Promise<readonly Rejected[] | void>
  /** The most that `write` is given at once: 1000 records by default, and 1 MB, which the last record may go beyond. */
  readonly batch?: { messages?: number; bytes?: number }
  /** How many calls of `write` there may be at once; with more than one, batches may overtake each other. */
  readonly concurrency?: number
  /** Of a `transactional` sink whose context has a `checkpoint`. */
  readonly transaction?: Transaction
  /** Releases what it holds, and takes back what a transaction has open. Called once, also after an error, and never during `write`. */
  close(): Promise<void>
}

/** A record that cannot be written, as it is. */
export interface Rejected {
  /** Which of `messages`. */
  index: number
  /** Why, as the rest of a line: `the value is no JSON object`. */
  reason: string
}

/** Records become final together with how far they were read. */
export interface Transaction {
  /** The text of the last `commit`; null: there was none. Called once, before anything is written. It alone counts. */
  restored(): Promise<string | null>
  /** Makes all that was written since the last call final, and keeps this text in the same transaction. */
  commit(checkpoint: string): Promise<void>
}
