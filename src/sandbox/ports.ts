/** Ports on loopback: whether one is free, free ones to take, and how many brokers are known behind one. */
import { connect, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'

import type { Certificates } from './certificates.js'

const loopback = '127.0.0.1'

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * `count` free ports in a row. They are looked for below the range from which systems give ports to
 * outgoing connections: one from there could be taken again before a broker binds it.
 * @param except those that are to be bound yet
 */
export async function freePorts(count: number, except: readonly number[] = []): Promise<number[]> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000)
    const ports = portsFrom(first, count)
    if (!ports.some((port) => except.includes(port)) && (await areFree(ports))) return ports
  }
}

export async function areFree(ports: readonly number[]): Promise<boolean> {
  return (await Promise.all(ports.map(isFree))).every(Boolean)
}

export function portsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}

/** For node:tls, of one who is known by `identity`. */
export function tlsOf({ authority, identity }: Certificates): { ca: string; key: string; cert: string } {
  return { ca: authority, key: identity, cert: identity }
}

/** Metadata v1 for no topics: length, key 3, version 1, correlation id, client id, an empty list of topics. */
const request = Buffer.from('\0\0\0\x15\0\x03\0\x01\0\0\0\0\0\x07sandbox\0\0\0\0', 'latin1')

/** Where a broker is asked. */
export interface Door {
  port: number
  /** The certificates to show there; null: it is not secured. */
  certificates: Certificates | null
}

/**
 * How many brokers the one behind this door knows to be up; 0 while it does not answer.
 * Written by hand, so that waiting for a broker depends on nothing that is tested against it.
 */
export function brokersKnown({ port, certificates }: Door): Promise<number> {
  return new Promise((resolve) => {
    let answer: Buffer = Buffer.alloc(0)
    const options = { port, host: loopback }
    const ask = (): boolean => socket.write(request)
    const socket = (certificates ? connectTls({ ...options, ...tlsOf(certificates) }, ask) : connect(options, ask))
      .setTimeout(2000, () => socket.destroy())
      .on('error', () => socket.destroy())
      .on('close', () => resolve(answer.length < 12 ? 0 : answer.readInt32BE(8)))
      .on('data', (chunk: Buffer) => {
        answer = Buffer.concat([answer, chunk])
        // Length, correlation id, and the number of brokers that follow.
        if (answer.length >= 12) socket.destroy()
      })
  })
}
