/**
 * Calls an Avro source as the sink of an agent does: events are kept until they are answered. With avsc's implementation of
 * Avro RPC. An agent itself sleeps for five seconds after each failure, which tests of many restarts have not.
 */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import avsc from 'avsc'
import type { Message } from '../../src/endpoint-module.js'

export interface AvroEvent {
  headers: Record<string, string>
  body: Buffer
}

const BATCH = 100

/** As in flume.avdl. */
export const service = avsc.Service.forProtocol({
  protocol: 'AvroSourceProtocol',
  namespace: 'org.apache.flume.source.avro',
  doc: 'by avsc',
  types: [
    { type: 'enum', name: 'Status', symbols: ['OK', 'FAILED', 'UNKNOWN'] },
    {
      ...{ type: 'record', name: 'AvroFlumeEvent' },
      fields: [
        { name: 'headers', type: { type: 'map', values: 'string' } },
        { name: 'body', type: 'bytes' }
      ]
    }
  ],
  messages: {
    append: { request: [{ name: 'event', type: 'AvroFlumeEvent' }], response: 'Status' },
    appendBatch: { request: [{ name: 'events', type: { type: 'array', items: 'AvroFlumeEvent' } }], response: 'Status' }
  }
})

type Answered = (error: Error | null, status: string) => void

export interface Calls {
  append(event: AvroEvent, answered: Answered): void
  appendBatch(events: AvroEvent[], answered: Answered): void
}

/** On a connection. */
export function callsOn(socket: Socket): Calls {
  // As long as it takes.
  const client = service.createClient({ timeout: 0 })
  client.createChannel(socket).on('error', () => socket.destroy())
  return client as unknown as Calls
}

export class FlumeCaller {
  readonly #port: number
  #events: AvroEvent[] = []
  #socket: Socket | null = null
  #isStopped = true
  #running: Promise<void> | null = null

  constructor(port: number) {
    this.#port = port
    this.start()
  }

  give(messages: readonly Pick<Message, 'value'>[]): void {
    for (const { value } of messages) this.#events.push({ headers: {}, body: value! })
  }

  start(): void {
    this.#isStopped = false
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#socket?.destroy()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#send().catch(() => undefined)
      await sleep(20)
    }
  }

  async #send(): Promise<void> {
    const socket = (this.#socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true }))
    const closed = new Promise<void>((resolve) => socket.on('error', () => undefined).on('close', () => resolve()))
    await Promise.race([once(socket, 'connect'), closed])
    const calls = callsOn(socket)
    while (!socket.destroyed) {
      if (this.#events.length === 0) {
        await Promise.race([sleep(5), closed])
        continue
      }
      const batch = this.#events.slice(0, BATCH)
      const answered = new Promise<string>((resolve, reject) => {
        calls.appendBatch(batch, (error, status) => (error ? reject(error) : resolve(status)))
      })
      const status = await Promise.race([answered, closed])
      if (status === 'OK') this.#events = this.#events.slice(batch.length)
    }
  }
}
