/** Sockets opened as a source or for a sink. Loaded for who names one. */
import type { Output } from '../endpoints/output.js'
import { PeersOutput } from '../endpoints/peers-output.js'
import { PeersSource } from '../endpoints/peers-source.js'
import type { Connecting } from '../endpoints/socket-connection.js'
import { SocketInput } from '../endpoints/socket-input.js'
import type { Listening } from '../endpoints/socket-listener.js'
import { SocketOutput } from '../endpoints/socket-output.js'
import { TextSource, only } from '../endpoints/text-source.js'
import type { Source } from '../flow/endpoint.js'
import type { Parser } from '../formats/index.js'

type Told = 'notice' | 'verbose'

/** Who of the two connects to the other. */
export type SocketOptions =
  ({ role: 'connect' } & Omit<Connecting, Told>) | ({ role: 'listen' } & Omit<Listening, Told>)

type Tell = Pick<Listening, Told>

/** It connects or listens when it is first read. */
export function socketSource(options: SocketOptions, createParser: () => Promise<Parser>, tell: Tell): Source {
  if (options.role === 'listen') return new PeersSource({ ...options, ...tell }, createParser)
  return new TextSource(only(new SocketInput({ ...options, ...tell })), createParser)
}

export function openSocketOutput(options: SocketOptions, tell: Tell, signal: AbortSignal): Promise<Output> {
  if (options.role === 'listen') return PeersOutput.open({ ...options, ...tell }, signal)
  return SocketOutput.open({ ...options, ...tell }, signal)
}
