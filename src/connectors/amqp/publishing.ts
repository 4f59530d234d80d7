/** A batch on its way: which of its messages the broker has confirmed, sent back, or did not take. */
import { isDeepStrictEqual } from 'node:util'
import type { ConfirmChannel, Message as Returned } from 'amqplib'
import type { Message, Rejected } from '../../endpoint-module.js'
import type { Line } from './connection.js'
import { type Outgoing, outgoing } from './properties.js'

export class Publishing {
  readonly rejected: Rejected[] = []
  readonly #exchange: string
  readonly #routingKey: string | undefined
  /** By their index, in their order: what is not confirmed. */
  readonly #waiting = new Map<number, Outgoing>()
  /** Sent back; the broker confirms them afterwards. */
  readonly #returned = new Set<number>()
  /** Sent, and neither confirmed nor refused. */
  #underWay = 0
  #changed = (): void => undefined

  /** @param routingKey of all messages; undefined: their own */
  constructor(messages: readonly Message[], exchange: string, routingKey: string | undefined) {
    this.#exchange = exchange
    this.#routingKey = routingKey
    for (const [index, message] of messages.entries()) {
      try {
        this.#waiting.set(index, outgoing(message))
      } catch (error) {
        this.#reject(index, (error as Error).message)
      }
    }
  }

  get isDone(): boolean {
    return this.#waiting.size === 0
  }

  /** Sends what is not confirmed, and resolves when nothing is under way any more. @throws AbortError */
  async send(line: Line<ConfirmChannel>, signal: AbortSignal): Promise<void> {
    const { channel } = line
    const changed = (): void => this.changed()
    channel.on('drain', changed)
    signal.addEventListener('abort', changed)
    // What moves goes on to its end.
    const isStuck = (): boolean => line.isBlocked && signal.aborted
    this.#returned.clear()
    try {
      for (const [index, message] of this.#waiting) {
        if (line.lost !== null) break
        if (!this.#publish(channel, index, message)) await this.#change()
        if (isStuck()) break
      }
      while (this.#underWay > 0 && !isStuck()) await this.#change()
    } finally {
      channel.off('drain', changed)
      signal.removeEventListener('abort', changed)
    }
    if (isStuck()) signal.throwIfAborted()
  }

  /** There may be something new: space, a confirmation, or the end of the line. */
  changed(): void {
    this.#changed()
  }

  /** A message that no queue was bound for. They come in the order in which they were sent. */
  returned({ content, properties, fields: { routingKey } }: Returned): void {
    for (const [index, message] of this.#waiting) {
      if (this.#returned.has(index) || routingKey !== this.#keyOf(message)) continue
      if (!content.equals(message.content) || !hasProperties(message, properties)) continue
      this.#returned.add(index)
      return
    }
  }

  #keyOf({ routingKey }: Outgoing): string {
    return this.#routingKey ?? routingKey ?? ''
  }

  /** False: there is no space for more. */
  #publish(channel: ConfirmChannel, index: number, message: Outgoing): boolean {
    try {
      const answered = (error: Error | null): void => this.#answered(index, error === null)
      const { content, properties } = message
      const hasSpace = channel.publish(this.#exchange, this.#keyOf(message), content, properties, answered)
      this.#underWay++
      return hasSpace
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error
      // Too long for what AMQP has: nothing of it was sent.
      this.#waiting.delete(index)
      this.#reject(index, error.message)
      return true
    }
  }

  /** One that is not taken, or was lost with its channel, stays. */
  #answered(index: number, isTaken: boolean): void {
    this.#underWay--
    if (isTaken) {
      if (this.#returned.has(index)) {
        const routingKey = this.#keyOf(this.#waiting.get(index)!)
        this.#reject(index, `no queue is bound for the routing key '${routingKey}'`)
      }
      this.#waiting.delete(index)
    }
    if (this.#underWay === 0) this.changed()
  }

  #reject(index: number, reason: string): void {
    this.rejected.push({ index, reason })
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve))
  }
}

function hasProperties({ properties }: Outgoing, got: Returned['properties']): boolean {
  const isSame = ([name, value]: [string, unknown]): boolean =>
    name === 'headers' || name === 'mandatory' || got[name as keyof typeof got] === value
  return Object.entries(properties).every(isSame) && isDeepStrictEqual({ ...properties.headers }, { ...got.headers })
}
