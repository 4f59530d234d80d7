/** Types of exactly what `kafkajs-connection.ts` uses of kafkajs 2.2.4's inside; it publishes none for these files. */

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net'
  import type { Protocol } from 'kafkajs/src/protocol/requests/apiVersions/index.js'

  export interface Entry {
    apiKey: number
    apiName: string
    apiVersion: number
    correlationId: number
    resolve(response: { correlationId: number; entry: Entry; size: number; payload: Buffer }): void
    reject(error: Error): void
  }

  export interface Request {
    entry: Entry
    expectResponse: boolean
    /** Milliseconds. */
    requestTimeout: number | null
    sendRequest: () => void
  }

  /** What a connection calls of its queue. */
  export interface Queue {
    push(request: Request): void
    fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void
    rejectAll(error: Error): void
    maybeThrottle(milliseconds: number | null | undefined): void
    scheduleRequestTimeoutCheck(): void
    waitForPendingRequests(): Promise<void>
    destroy(): void
  }

  export interface Logger {
    namespace(name: string): Logger
    error(message: string): void
    warn(message: string): void
    info(message: string): void
    debug(message: string): void
  }

  export interface SocketOptions {
    host: string
    port: number
    ssl: object | null
    onConnect: () => void
  }

  export type SaslExchange = <T>(exchange: {
    request: { encode(): Promise<Buffer> }
    response: { decode(bytes: Buffer): Promise<T>; parse(decoded: T): Promise<T> }
  }) => Promise<T>

  export type Versions = Record<number, { minVersion: number; maxVersion: number }>

  export interface ConnectionOptions {
    host: string
    port: number
    clientId: string
    logger: Logger
    socketFactory(options: SocketOptions): Socket
    ssl: object | null
    sasl: object | null
    requestTimeout: number
    connectionTimeout: number
  }

  export default class Connection {
    constructor(options: ConnectionOptions)
    socket: Socket | undefined
    sasl: object | null
    requestQueue: Queue
    connectionStatus: string
    authHandlers: { onError(): void } | null
    /** Milliseconds, in kafkajs's wrapper of a bigint. */
    sessionLifetime: { value: bigint }
    reauthenticationThreshold: number
    connect(): Promise<true>
    authenticate(): Promise<void>
    isAuthenticated(): boolean
    isConnected(): boolean
    setVersions(versions: Versions): void
    setSupportAuthenticationProtocol(supported: boolean): void
    send<T>(protocol: Protocol<T>): Promise<T>
    nextCorrelationId(): number
    processData(bytes: Buffer): void
    rejectRequests(error: Error): void
  }
}

declare module 'kafkajs/src/protocol/requests/apiVersions/index.js' {
  export interface Protocol<T> {
    request: object
    response: { decode(bytes: Buffer): Promise<T>; parse(decoded: T): Promise<T> }
  }

  const request: {
    protocol(options: {
      version: number
    }): () => Protocol<{ apiVersions: { apiKey: number; minVersion: number; maxVersion: number }[] }>
  }
  export default request
}
