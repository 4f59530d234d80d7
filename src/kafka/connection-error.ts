/**
 * What keeps a connection from working, in words: errors of the system, of TLS and of SASL come in many forms, and the
 * user needs one line that says which setting to look at.
 */
import { type ErrorDetails, FailedError } from '../errors.js'
import { WANTS_TLS } from './framing.js'
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
  { code = Code.NETWORK_EXCEPTION, advice, retriable = true, cause }: Details = {}
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

const BY_NAME: Record<string, string> = {
  KafkaJSConnectionClosedError: 'connection closed',
  RequestTimeout: 'no answer'
}

const CHECK_PROTOCOL = 'check security.protocol and the port'

/** The reason of a failure, found from what kafkajs, Node or a SASL mechanism threw. */
export function explain(address: string, stage: Stage, cause: unknown): ConnectionError {
  if (cause instanceof ConnectionError) return cause
  // What provides tokens knows best why there is none.
  if (cause instanceof FailedError) return connectionError(address, cause.message, { advice: cause.advice, cause })
  const { name, code, message } = cause as Error & { code?: string | number }
  const text = oneLine(message)
  if (stage === 'sasl' && /SASL|Protocol/.test(name)) return saslError(address, text, code, cause)
  // With TLS 1.3 the broker refuses a client's certificate only after the handshake.
  if (stage === 'tls' || /^ERR_(SSL|TLS)_/.test(`${code}`)) return tlsError(address, text, `${code}`, cause)
  const reason = BY_SYSTEM_CODE[`${code}`] ?? BY_NAME[name] ?? text
  if (reason === WANTS_TLS) {
    return connectionError(address, reason, {
      advice: 'set security.protocol=SSL or SASL_SSL',
      retriable: false,
      cause
    })
  }
  return connectionError(address, reason, { advice: stage === 'versions' ? CHECK_PROTOCOL : undefined, cause })
}

function saslError(address: string, text: string, code: unknown, cause: unknown): ConnectionError {
  const details = { retriable: false, cause }
  if (code === Code.UNSUPPORTED_SASL_MECHANISM || /mechanism is not supported/.test(text)) {
    const reason = 'the broker does not offer this SASL mechanism'
    return connectionError(address, reason, { ...details, advice: 'check sasl.mechanism' })
  }
  if (code === Code.ILLEGAL_SASL_STATE) {
    return connectionError(address, 'the listener does not use SASL', { ...details, advice: CHECK_PROTOCOL })
  }
  const reason = text.replace(/(?<=failed: )Authentication failed(:| during authentication due to) /, '')
  const advice = text.includes('OAUTHBEARER')
    ? 'check who issued the token, for whom, and until when'
    : 'check user name, password and sasl.mechanism'
  return connectionError(address, reason, { ...details, code: Code.SASL_AUTHENTICATION_FAILED, advice })
}

function tlsError(address: string, text: string, code: string, cause: unknown): ConnectionError {
  const details = { retriable: false, cause }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return connectionError(address, 'no TLS there', { advice: CHECK_PROTOCOL, cause })
  }
  if (code in BY_SYSTEM_CODE) return connectionError(address, BY_SYSTEM_CODE[code]!, { cause })
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = /^.*(?:altnames|list|CN): (.+)$/.exec(text)?.[1]?.replaceAll(/(DNS|IP Address):/g, '')
    const reason = `the certificate is for another host${names ? ` (${names})` : ''}`
    const advice = 'use a name of the certificate in the address, or set ssl.endpoint.identification.algorithm='
    return connectionError(address, reason, { ...details, advice })
  }
  const known = TLS_ERRORS.find(([pattern]) => pattern.test(code))
  const [, reason = `TLS failed: ${text}`, advice = 'check ssl.truststore.* and the certificate'] = known ?? []
  return connectionError(address, reason, { ...details, advice })
}

/** By the codes of Node (our look at the broker's certificate) and of OpenSSL (the alert that the broker sends us). */
const TLS_ERRORS: [code: RegExp, reason: string, advice: string][] = [
  [
    /UNABLE_TO_(GET_ISSUER|VERIFY)|SELF_SIGNED/,
    'the certificate is from an authority that is not trusted here',
    "give the cluster's CA certificate to ssl.truststore.location (or ssl.ca.location)"
  ],
  [/^CERT_HAS_EXPIRED$/, "the broker's certificate, or that of its authority, has expired", 'have it renewed'],
  [/^CERT_NOT_YET_VALID$/, "the broker's certificate is not valid yet", 'check the clocks'],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED)/,
    'the broker wants a client certificate',
    'give it by ssl.keystore.*'
  ],
  [
    /ALERT.*(CERTIFICATE|UNKNOWN_CA)/,
    'the broker does not take the client certificate',
    'check that it has not expired, and that the broker trusts its CA'
  ],
  [/ALERT/, 'the broker ended the TLS handshake', "the broker's log says why"]
]

/** OpenSSL's messages have several lines, kafkajs puts words before Node's, and Node a hint behind. */
function oneLine(text: string): string {
  const [first = ''] = text.split(/\n|; if /)
  return first.replace(/^Connection error: /, '').trim()
}
