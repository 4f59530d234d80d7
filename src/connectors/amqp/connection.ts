/**
 * A connection to a RabbitMQ broker with one channel: made once at the start, where whatever is wrong is an error, and made
 * anew for as long as it takes when it is lost later. A channel that the broker closes takes its connection with it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type * as amqplib from 'amqplib'
import type { Channel, ChannelModel, Options, SocketOptions } from 'amqplib'
import { CONNECT_TIMEOUT } from '../connect-timeout.js'
import type { Context } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { importPackage } from '../client-package.js'
import { Patience } from '../patience.js'
import type { TlsFiles } from '../tls-files.js'

/** Seconds; one that has said nothing for two of them is gone. */
const HEARTBEAT = 10
const CLOSE_TIMEOUT = 5000
/** Of what AMQP says in numbers. */
export const NOT_FOUND = 404
const REFUSED = 'the virtual host was refused'

/** Where a broker is, and who asks. */
export interface Broker {
  address: Options.Connect
  tls: TlsFiles
}

/** One that was made; of no use any more when it is lost. */
export interface Line<C extends Channel> {
  channel: C
  /** Why it is lost; null: it is not. */
  lost: Error | null
  /** The broker takes nothing for want of memory or disk. */
  isBlocked: boolean
  /** Says that it is lost, and ends it. */
  lose(why: Error): void
  /** Ends it in order, or after a while without. */
  end(): Promise<void>
}

export interface LineSetup<C extends Channel> {
  /** The first time: looks whether there is what is asked for. */
  prepare(connection: ChannelModel): Promise<void>
  /** Its channel, of whose errors nobody need take care. */
  channel(connection: ChannelModel): Promise<C>
  /** Every time. */
  begin(line: Line<C>): Promise<void>
  /** Called when it is lost, blocked or not blocked any more. */
  changed(): void
}

export class Link<C extends Channel> {
  readonly #broker: Broker
  readonly #setup: LineSetup<C>
  readonly #context: Pick<Context, 'notice' | 'signal'>
  readonly #patience: Patience
  #line!: Line<C>

  constructor(broker: Broker, context: Pick<Context, 'notice' | 'signal'>, setup: LineSetup<C>) {
    this.#broker = broker
    this.#context = context
    this.#setup = setup
    this.#patience = new Patience(context)
  }

  /** @throws FailedError for a broker that is not there, or has something against it */
  async open(): Promise<void> {
    try {
      this.#line = await this.#connect(this.#context.signal, true)
    } catch (error) {
      this.#context.signal.throwIfAborted()
      throw new FailedError(reasonOf(error), adviceOf(error), { cause: error })
    }
  }

  /** The one that there is. */
  get line(): Line<C> {
    return this.#line
  }

  /** Waits until there is one that is not lost. @throws AbortError */
  async up(signal: AbortSignal): Promise<Line<C>> {
    this.#patience.signal = signal
    let isMissed = codeOf(this.#line.lost) === NOT_FOUND
    while (this.#line.lost !== null) {
      await this.#patience.failed(`is away: ${reasonOf(this.#line.lost)}`)
      try {
        this.#line = await this.#connect(signal, false)
      } catch (error) {
        signal.throwIfAborted()
        // A broker that is back without its queue is another matter, which somebody may have to see to.
        if (codeOf(error) === NOT_FOUND && !isMissed) this.#context.notice(`${reasonOf(error)}: trying again`)
        isMissed ||= codeOf(error) === NOT_FOUND
      }
    }
    this.#patience.succeeded()
    return this.#line
  }

  /** What was sent before has arrived then, if there is a broker. */
  async close(): Promise<void> {
    const line = this.#line
    if (line.lost !== null) return
    line.lost = new Error('closed')
    await line.end()
  }

  async #connect(signal: AbortSignal, isFirst: boolean): Promise<Line<C>> {
    const { connect } = await importPackage<typeof amqplib>('amqplib')
    const { address, tls } = this.#broker
    const attempt = new AbortController()
    const stop = (): void => attempt.abort()
    const timer = setTimeout(stop, CONNECT_TIMEOUT)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    const socket: SocketOptions & { signal: AbortSignal } = { ...tls, noDelay: true, signal: attempt.signal }
    try {
      const connection = await connect({ ...address, heartbeat: HEARTBEAT }, socket)
      return await this.#begin(connection, stop, isFirst)
    } catch (error) {
      if (attempt.signal.aborted) throw new Error(`no answer within ${CONNECT_TIMEOUT / 1000} s`, { cause: error })
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  /** @param cut ends the socket */
  async #begin(connection: ChannelModel, cut: () => void, isFirst: boolean): Promise<Line<C>> {
    const setup = this.#setup
    let channel: C | undefined
    const close = async (): Promise<void> => {
      // A connection's end would overtake what its channel is still to send.
      await channel?.close().catch(() => undefined)
      await connection.close().catch(() => undefined)
    }
    const end = async (): Promise<void> => {
      await Promise.race([close(), sleep(CLOSE_TIMEOUT, undefined, { ref: false })])
      cut()
    }
    let why: Error | undefined
    let line: Line<C> | undefined
    const note = (error: Error): void => void (why ??= error)
    // One may be closed together with what answers the last question, before anybody has heard of it.
    let isClosed = false
    // A channel is closed before its connection says why.
    const lose = (error?: Error): void => {
      why ??= error
      isClosed = true
      if (line === undefined) return
      const isNew = line.lost === null
      line.lost = why ?? new Error('the channel was closed')
      if (!isNew) return
      void end()
      setup.changed()
    }
    connection.on('error', note)
    connection.on('close', lose)
    try {
      if (isFirst) await setup.prepare(connection)
      channel = await setup.channel(connection)
      if (isClosed) throw new Error('closed abruptly')
      channel.on('error', note)
      channel.on('close', lose)
      const made: Line<C> = { channel, lost: null, isBlocked: false, lose, end }
      line = made
      connection.on('blocked', (reason: string) => this.#block(made, true, `takes no records for now: ${reason}`))
      connection.on('unblocked', () => this.#block(made, false, 'takes records again'))
      await setup.begin(made)
      return made
    } catch (error) {
      void end()
      throw why ?? error
    }
  }

  #block(line: Line<C>, isBlocked: boolean, text: string): void {
    line.isBlocked = isBlocked
    this.#context.notice(text)
    this.#setup.changed()
  }
}

/** A channel whose errors are known to who asks something over it. */
export async function channelOf(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel()
  channel.on('error', () => undefined)
  return channel
}

/** Whether a queue is there; one that is not is made where that is asked for. */
export async function findQueue(connection: ChannelModel, name: string, declare: boolean): Promise<void> {
  try {
    const channel = await channelOf(connection)
    await channel.checkQueue(name)
    await channel.close()
  } catch (error) {
    if (!declare || codeOf(error) !== NOT_FOUND) throw error
    // The broker has closed the other one.
    const channel = await channelOf(connection)
    await channel.assertQueue(name, { durable: true })
    await channel.close()
  }
}

/** What the broker itself says, without what it answers to. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0])
  // Of this refusal amqplib keeps nothing.
  if (error.message.startsWith('Expected ConnectionOpenOk')) return REFUSED
  const said = /with message "(.*)"$/s.exec(error.message)?.[1] ?? error.message
  return said.replace(' For details see the broker logfile.', '').replace(/\.$/, '')
}

/** What it says in numbers, as AMQP has them (404: there is no such thing). */
export function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'number' ? code : undefined
}

const advices: readonly (readonly [RegExp, string])[] = [
  [/ACCESS_REFUSED - Login/, 'check user and password'],
  [new RegExp(REFUSED), 'check what stands behind HOST:PORT/, and whether the user may use it'],
  [/NOT_FOUND - no queue/, 'check queue, or write declare to make it'],
  [/NOT_FOUND - no exchange/, 'check exchange'],
  [/ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|no answer|closed abruptly/, 'check host and port, and whether it is up']
]

function adviceOf(error: unknown): string | undefined {
  const reason = reasonOf(error)
  return advices.find(([pattern]) => pattern.test(reason))?.[1]
}
