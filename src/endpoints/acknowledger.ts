/**
 * Acknowledges what a module gave, once it is settled: what the committer of offsets is to a topic. In the background, the
 * latest at any time, since an acknowledgement holds for all that was given before.
 */
import type { EndpointSource } from '../endpoint-module.js'
import type { OffsetCommitter } from '../flow/settling.js'
import type { ModuleName } from './module-name.js'
import type { ModuleSource } from './module-source.js'

export class Acknowledger implements OffsetCommitter {
  succeeded = 0
  failed = 0
  readonly #endpoint: EndpointSource
  readonly #source: ModuleSource
  readonly #name: ModuleName
  readonly #notice: (text: string) => void
  /** Positions. */
  #wanted: unknown
  #last: unknown
  #running: Promise<void> | null = null

  constructor(endpoint: EndpointSource, source: ModuleSource, name: ModuleName, notice: (text: string) => void) {
    this.#endpoint = endpoint
    this.#source = source
    this.#name = name
    this.#notice = notice
  }

  /** Called when all that the source gave is written out, before it gives more. */
  send(): void {
    this.#wanted = this.#source.acknowledgeable
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  async finish(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#wanted !== this.#last) {
      const position = this.#wanted
      try {
        await this.#endpoint.acknowledge!(position)
        this.#last = position
        this.succeeded++
      } catch (error) {
        this.failed++
        this.#notice(`${this.#name.failure(error).message}: what is not acknowledged comes again`)
        return
      }
    }
  }
}
