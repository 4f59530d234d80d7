/**
 * What a pipe asks about its records on their way: options → a lookup around the sink, and what is told of it.
 */
import { type Connector, connectors } from '../connectors/catalog.js'
import { requirePackage } from '../connectors/client-package.js'
import { type CacheLimits, AnswerCache } from '../endpoints/answer-cache.js'
import { type Environment, KeyedLookup, type OracleOpener } from '../endpoints/keyed-lookup.js'
import type { FailedError } from '../errors.js'
import type { Sink } from '../flow/endpoint.js'
import { type Lookup, LookupSink, type LookupSinkOptions } from '../flow/lookup.js'
import type { BadRecords } from '../flow/run.js'
import { Member } from '../formats/json-answer.js'
import { UrlTemplate } from '../formats/url-template.js'

export interface LookupOptions extends Pick<LookupSinkOptions, 'capacity' | 'timeout' | 'ordered' | 'onError'> {
  /** A URL with fields in it, or a command for `sh`. */
  by: { url: string; cache: CacheLimits | null; environment: Environment } | { command: string }
}

/** Touches nothing. @throws UsageError */
export async function requireLookup({ by }: LookupOptions): Promise<void> {
  if ('url' in by) await oracleOf(by)
}

const NO_CONNECTOR: Pick<Connector, 'package' | 'lookup'> = { package: null }

/** The member of a value that the answer becomes. */
const MEMBER = 'lookup'

export class Lookups {
  sink: LookupSink | null = null
  /** Records without an answer. */
  unanswered = 0
  readonly #options: LookupOptions
  readonly #notice: (text: string) => void

  constructor(options: LookupOptions, notice: (text: string) => void) {
    this.#options = options
    this.#notice = notice
  }

  /** @param bad what becomes of a record that the sink cannot write */
  async around(sink: Sink, bad: BadRecords): Promise<LookupSink> {
    const options = { ...this.#options, onUnanswered: (error: FailedError) => this.#tell(error) }
    return (this.sink = new LookupSink(sink, await this.#open(), bad, options))
  }

  async #open(): Promise<Lookup> {
    const { by, capacity } = this.#options
    const member = new Member(MEMBER)
    if ('command' in by) {
      const { CommandLookup } = await import('../endpoints/command-lookup.js')
      return new CommandLookup(by.command, member, capacity)
    }
    const cache = by.cache && new AnswerCache(by.cache)
    return new KeyedLookup(await (await oracleOf(by))(capacity), member, cache)
  }

  /** The first one is told as it comes. */
  #tell(error: FailedError): void {
    if (++this.unanswered > 1) return
    const done = this.#options.onError === 'skip' ? 'left out' : 'passed'
    this.#notice(`${done} without an answer: ${error.message}; of any more, the number is told`)
  }
}

async function oracleOf({ url, environment }: { url: string; environment: Environment }): Promise<OracleOpener> {
  const scheme = /^[a-z]+(?=:)/.exec(url)?.[0] ?? ''
  const { package: needed, lookup } = (Object.hasOwn(connectors, scheme) && connectors[scheme]) || NO_CONNECTOR
  if (lookup) {
    if (needed !== null) requirePackage(scheme, needed)
    return lookup(url, environment)
  }
  const template = new UrlTemplate(url)
  const { HttpOracle } = await import('../endpoints/http-lookup.js')
  return (capacity) => HttpOracle.open(template, capacity)
}
