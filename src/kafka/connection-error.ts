/**
 * What keeps a connection from working, in words: errors of the system, of TLS and of SASL come in many forms, and the
 * user needs one line that says which setting to look at.
 */
import type { ErrorDetails } from '../errors.js'
import { Code, type ErrorCode, errorCode } from './error-codes.js'
import { KafkaError } from './errors.js'

/** How far the connection had come. */
export type Stage = 'connect' | 'tls' | 'versions' | 'sasl' | 'open'

/** Trouble with the way to a broker, not with a request: retriable, unless it lies in the settings. */
export class ConnectionError extends KafkaError {
  /** `host:port`. */
  readonly address: string
  /** What the matter is, as a clause that can stand after the address. */
  readonly reason: string

  constructor(code: ErrorCode, address: string, reason: string, advice: string | undefined, details: ErrorDetails) {
    super(code, `${address}: ${reason}`, advice, details)
    this.address = address
    this.reason = reason
  }
}

export function connectionError(
  address: string,
  reason: string,
  { code = Code.NETWORK_EXCEPTION as number, advice, retriable = true, cause }: Details = {}
): ConnectionError {
  return new ConnectionError({ ...errorCode(code), retriable, staleMetadata: retriable }, address, reason, advice, {
    cause
  })
}

interface Details {
  code?: number
  advice?: string | undefined
  retriable?: boolean
  cause?: unknown
}

const BY_SYSTEM_CODE: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'name lookup failed',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'connection closed',
  EPIPE: 'connection closed',
  EACCES: 'access denied',
  EPERM: 'access denied'
}

const CHECK_PROTOCOL = 'check security.protocol and the port'

/** The reason of a failure, found from what kafkajs, Node or a SASL mechanism threw. */
export function explain(address: string, stage: Stage, error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error
  const { name = '', code, message } = error as Error & { code?: string | number }
  const text = oneLine(message)
  const cause = error
  if (stage === 'sasl' && /SASL|Protocol/.test(name)) return saslError(address, text, code, cause)
  if (stage === 'tls') return tlsError(address, text, code, cause)
  if (typeof code === 'string' && code in BY_SYSTEM_CODE) {
    return connectionError(address, BY_SYSTEM_CODE[code]!, { cause })
  }
  if (name === 'KafkaJSConnectionClosedError') {
    const advice = stage === 'versions' ? CHECK_PROTOCOL : undefined
    return connectionError(address, 'connection closed', { advice, cause })
  }
  if (/wants TLS/.test(text)) {
    return connectionError(address, text, { advice: 'set security.protocol=SSL or SASL_SSL', retriable: false, cause })
  }
  return connectionError(address, text, { advice: stage === 'open' ? undefined : CHECK_PROTOCOL, cause })
}

function saslError(address: string, text: string, code: unknown, cause: unknown): ConnectionError {
  if (code === Code.UNSUPPORTED_SASL_MECHANISM || /mechanism is not supported/.test(text)) {
    const reason = 'the broker does not offer this SASL mechanism'
    return connectionError(address, reason, { code: 33, advice: 'check sasl.mechanism', retriable: false, cause })
  }
  if (code === Code.ILLEGAL_SASL_STATE) {
    return connectionError(address, 'the listener does not use SASL', {
      code,
      advice: 'check security.protocol and the port',
      retriable: false,
      cause
    })
  }
  return connectionError(address, text.replace(/^(.*failed): Authentication failed: /, '$1: '), {
    code: Code.SASL_AUTHENTICATION_FAILED,
    advice: 'check user name, password and sasl.mechanism',
    retriable: false,
    cause
  })
}

function tlsError(address: string, text: string, code: unknown, cause: unknown): ConnectionError {
  const name = typeof code === 'string' ? code : ''
  if (name in BY_SYSTEM_CODE && name !== 'ECONNRESET' && name !== 'EPIPE') {
    return connectionError(address, BY_SYSTEM_CODE[name]!, { cause })
  }
  if (name === 'ECONNRESET' || name === 'EPIPE' || /WRONG_VERSION_NUMBER|before secure TLS/.test(name + text)) {
    return connectionError(address, 'no TLS there', { advice: CHECK_PROTOCOL, cause })
  }
  if (name === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const advice = 'use a name of the certificate in the address, or set ssl.endpoint.identification.algorithm='
    return connectionError(address, `the certificate is for another host`, { advice, retriable: false, cause })
  }
  if (/ALERT|HANDSHAKE_FAILURE/i.test(name)) {
    const advice = 'the listener may want a client certificate: check ssl.keystore.*'
    return connectionError(address, `the broker refused the TLS handshake (${text})`, {
      advice,
      retriable: false,
      cause
    })
  }
  const advice = 'check ssl.truststore.* and the certificate'
  return connectionError(address, `TLS failed: ${text}`, { advice, retriable: false, cause })
}

/** OpenSSL's messages have several lines, and kafkajs puts its own words before Node's. */
function oneLine(text: string): string {
  return text
    .replace(/^Connection error: /, '')
    .split('\n')[0]!
    .trim()
}
