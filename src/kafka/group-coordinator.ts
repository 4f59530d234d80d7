/** The broker that keeps a group, wherever that is at the moment: looked up when it is needed and after it moved. */
import { findCoordinator } from './coordinators.js'
import { Code } from './error-codes.js'
import type { CallOptions } from './connection.js'
import type { Api } from './request.js'
import type { Lane, Wire } from './wire.js'

export class GroupCoordinator {
  readonly #wire: Wire
  readonly #group: string
  /** null: to be looked up. */
  #nodeId: number | null = null

  constructor(wire: Wire, group: string) {
    this.#wire = wire
    this.#group = group
  }

  /** Asks once. Codes in the answer are the caller's; throws as `Wire.call` does, and what is in the way of a look-up. */
  async call<A, R extends { errorCode: number }>(
    api: Api<A, R>,
    args: A,
    options: CallOptions & { lane: Lane }
  ): Promise<R> {
    try {
      this.#nodeId ??= await findCoordinator(this.#wire, 'group', this.#group, options.signal)
      const result = await this.#wire.call(this.#nodeId, api, args, options)
      const { errorCode } = result
      if (errorCode === Code.NOT_COORDINATOR || errorCode === Code.COORDINATOR_NOT_AVAILABLE) this.#nodeId = null
      return result
    } catch (error) {
      this.#nodeId = null
      throw error
    }
  }
}
