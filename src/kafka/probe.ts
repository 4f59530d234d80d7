/**
 * The steps of a connection one by one, for those who want to know which of them fails: the name, the socket, TLS. Each
 * throws a ConnectionError in the same words as `connection.ts`, within its limit, and leaves nothing open.
 */
import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { type ConnectionOptions, type PeerCertificate, type TLSSocket, connect as connectTls } from 'node:tls'
import { addressOf } from './connection.js'
import { type Stage, connectionError, explain } from './connection-error.js'
import type { Address } from './wire.js'

/** The addresses of the host; none for one that is an address itself. @param limit ms */
export async function lookUp(address: Address, limit: number): Promise<string[]> {
  if (net.isIP(address.host)) return []
  const found = lookup(address.host, { all: true }).then((all) => all.map((each) => each.address))
  return within(address, limit, 'connect', found)
}

/** Milliseconds until the connection was open. */
export async function connect(address: Address, limit: number): Promise<number> {
  const start = performance.now()
  const socket = net.connect(address)
  try {
    await within(address, limit, 'connect', event(socket, 'connect'))
    return performance.now() - start
  } finally {
    socket.destroy()
  }
}

export interface Handshake {
  /** As in `TLSv1.3`. */
  protocol: string
  cipher: string
  theirs: Certificate
  /** The one that was shown to the broker; null: it asked for none, or we have none. */
  ours: Certificate | null
}

export interface Certificate {
  subject: string
  issuer: string
  /** Milliseconds since the epoch. */
  expires: number
}

export async function shakeHands(address: Address, tls: ConnectionOptions, limit: number): Promise<Handshake> {
  const name = net.isIP(address.host) ? {} : { servername: address.host }
  const socket = connectTls({ ...name, ...tls, ...address })
  try {
    await within(address, limit, 'tls', event(socket, 'secureConnect'))
    return handshakeOf(socket)
  } finally {
    socket.destroy()
  }
}

/** The broker's certificate, whether it is to be trusted or not. */
export async function certificateOf(address: Address, tls: ConnectionOptions, limit: number): Promise<Certificate> {
  const credulous = { ...tls, rejectUnauthorized: false, checkServerIdentity: () => undefined }
  return (await shakeHands(address, credulous, limit)).theirs
}

function handshakeOf(socket: TLSSocket): Handshake {
  const own = socket.getCertificate() as PeerCertificate | null
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    theirs: readCertificate(socket.getPeerCertificate()),
    ours: own?.valid_to ? readCertificate(own) : null
  }
}

function readCertificate({ subject, issuer, valid_to }: PeerCertificate): Certificate {
  return { subject: nameOf(subject), issuer: nameOf(issuer), expires: Date.parse(valid_to) }
}

/** `CN=broker, O=Example`. */
function nameOf(name: object | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .reverse()
    .join(', ')
}

function event(socket: net.Socket, name: string): Promise<void> {
  return new Promise((resolve, reject) => socket.once(name, resolve).on('error', reject))
}

async function within<T>(address: Address, limit: number, stage: Stage, step: Promise<T>): Promise<T> {
  const where = addressOf(address)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = connectionError(where, `no answer in ${Math.round(limit / 100) / 10} s`)
    timer = setTimeout(() => reject(error), limit)
  })
  try {
    return await Promise.race([step, late])
  } catch (error) {
    throw explain(where, stage, error)
  } finally {
    clearTimeout(timer)
  }
}
