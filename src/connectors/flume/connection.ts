/**
 * A connection, with an agent at its other end: messages one by one, as they are asked for. It is read on beside that, so
 * that its end is noticed, but for one that sends more than it was asked for.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { constants, createDeflate, createInflate } from 'node:zlib'
import { type Frame, Frames, framed } from './frames.js'

/** The other end is gone, as opposed to what it says being wrong. */
export class BrokenOff extends Error {}

export type Compression = 'none' | 'deflate'

/** Milliseconds for what was written last, and the end. */
const END_TIMEOUT = 2000

export class Connection {
  /** Called once when it is of no use any more. */
  lost: (why: Error) => void = () => undefined
  readonly #socket: Socket
  readonly #input: NodeJS.ReadableStream
  readonly #output: NodeJS.WritableStream
  readonly #frames = new Frames()
  #waiting: { resolve: (frame: Frame) => void; reject: (why: Error) => void } | null = null
  #why: Error | null = null

  constructor(socket: Socket, compression: Compression) {
    const lose = (why: Error): void => this.lose(why)
    this.#socket = socket
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) => lose(new BrokenOff(code ?? message)))
    socket.on('close', () => lose(new BrokenOff('the connection was closed')))
    if (compression === 'none') this.#input = this.#output = socket
    else {
      // Each message goes out as it is written.
      const [inflate, deflate] = [createInflate(), createDeflate({ flush: constants.Z_SYNC_FLUSH })] as [Duplex, Duplex]
      inflate.on('error', () => lose(new Error('what comes is not compressed by deflate')))
      deflate.on('error', lose)
      this.#input = socket.pipe(inflate)
      deflate.pipe(socket)
      this.#output = deflate
    }
    this.#input.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk)
      if (!this.#give()) this.#input.pause()
    })
  }

  /** The next message. Rejects when the connection is lost. */
  next(): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.#why !== null) return reject(this.#why)
      this.#waiting = { resolve, reject }
      this.#give()
      this.#input.resume()
    })
  }

  send(frame: Frame): void {
    if (this.#why === null) this.#output.write(framed(frame))
  }

  lose(why: Error): void {
    if (this.#why !== null) return
    this.#why = why
    this.#socket.destroy()
    this.#waiting?.reject(why)
    this.lost(why)
  }

  /** Resolves when what was sent has gone out, or will not. */
  async end(): Promise<void> {
    if (this.#why !== null) return
    this.#why = new BrokenOff('closed')
    this.#waiting?.reject(this.#why)
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => this.#socket.destroy(), END_TIMEOUT)
    this.#socket.on('close', () => resolve())
    this.#output.end()
    this.#input.resume()
    await closed
    clearTimeout(timer)
  }

  /** False: nobody has asked for what comes. */
  #give(): boolean {
    if (this.#waiting === null) return false
    try {
      const frame = this.#frames.take()
      if (frame === null) return true
      this.#waiting.resolve(frame)
      this.#waiting = null
    } catch (error) {
      this.lose(error as Error)
    }
    return true
  }
}
