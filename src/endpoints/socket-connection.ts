/**
 * What all sockets share: connecting with an error that says what to do, and writing until the system has taken the
 * bytes. TCP does not tell what a peer has read; that the system took it is all that can be known.
 */
import { once } from 'node:events'
import { type Socket, createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../errors.js'

export interface SocketAddress {
  /** As it was typed, without options. */
  name: string
  at: { path: string } | { host: string; port: number }
}

/** How a connection is made, and made again. */
export interface Connecting {
  address: SocketAddress
  /** -1: for ever. What it counts is said where it is used. */
  retries: number
  /** Milliseconds between two attempts. */
  delay: number
  /** Waits for a peer that is not there yet. */
  retryConnect: boolean
  notice: (text: string) => void
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  EACCES: 'permission denied',
  ENOTSOCK: 'that is no socket',
  ECONNRESET: 'the other side broke the connection',
  EINVAL: 'that is no address, or too long a path'
}

export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return reasons[code ?? ''] ?? code ?? message
}

/** Throws a FailedError, or an AbortError. */
export async function connect({ name, at }: SocketAddress, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted()
  const socket = createConnection({ ...at, keepAlive: true, noDelay: true })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    if (signal.aborted) throw error
    const advice = 'start what listens there first, or add retry-connect'
    throw new FailedError(`cannot connect to ${name}: ${reasonOf(error)}`, advice, { cause: error })
  }
}

/** Connects, with `retryConnect` again and again until somebody listens. Throws a FailedError, or an AbortError. */
export async function connectAtLast(options: Connecting, signal: AbortSignal): Promise<Socket> {
  const { address, delay, retryConnect, notice } = options
  for (let told = false; ; told = true) {
    try {
      return await connect(address, signal)
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
      if (!retryConnect || (code !== 'ECONNREFUSED' && code !== 'ENOENT')) throw error
      if (!told) notice(`waiting for ${address.name}: ${reasonOf({ code })}`)
      await sleep(delay, undefined, { signal })
    }
  }
}

/** Prepares a socket that is only written to. A peer that ends its side is gone: what is written after that gets lost. */
export function forWriting(socket: Socket): Socket {
  const drop = (): void => void socket.destroy()
  // Read, so that the end is noticed.
  return socket.on('error', drop).on('end', drop).resume()
}

/** Resolves with true when the system has taken all the bytes, with false when the connection broke before. */
export function send(socket: Socket, bytes: Buffer): Promise<boolean> {
  // Cut off by destroy() it has an error; taken in the same moment it has none, and is lost all the same.
  return new Promise((resolve) => socket.write(bytes, (error) => resolve(!error && !socket.destroyed)))
}

/** Ends a connection behind all that was written. */
export function finish(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve()
    socket.once('close', () => resolve())
    socket.end(() => socket.destroy())
  })
}
