/**
 * Properties → how a connection is authenticated and encrypted, for kafka/wire. The Java clients' meaning and
 * librdkafka's, checked before anything is connected to; errors name file and line and never show a secret.
 */
import { UsageError } from '../errors.js'
import type { Sasl, Settings } from '../kafka/wire.js'
import { type LoginModule, parseJaas } from './jaas.js'
import { oauthProvider } from './oauth.js'
import { type Properties, type Property, place } from './properties.js'
import { tlsOptions } from './tls.js'

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']
const userMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']

/** The login module that each mechanism has in a JAAS configuration. */
const modules: Record<string, string> = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule'
}

/** What tells that somebody wanted TLS or SASL. */
const tlsMaterial = /^ssl\.(truststore|keystore|ca|certificate|key)\./
const credentials = /^sasl\.(jaas\.config|username|password)$/

/** Looks properties up and remembers which were. */
export type Take = (name: string) => Property | undefined

export interface Security extends Pick<Settings, 'tls' | 'sasl'> {
  /** A file with a private key that no password protects; null: there is none. */
  keyFile: string | null
}

/** @param used receives the names of the properties that have a meaning here */
export function readSecurity(properties: Properties, used: Set<string>): Security {
  const take: Take = (name) => {
    used.add(name)
    return properties.get(name)
  }
  const stated = take('security.protocol')
  const protocol = stated?.value.toUpperCase() ?? 'PLAINTEXT'
  if (!protocols.includes(protocol)) {
    throw new UsageError(
      `${place(stated!)}: there is no security.protocol '${stated!.value}'`,
      `use ${protocols.join(', ')}`
    )
  }
  checkProtocol(properties, stated, protocol)
  const { tls, keyFile } = protocol.endsWith('SSL') ? tlsOptions(take) : { tls: null, keyFile: null }
  return {
    ...{ tls, keyFile },
    sasl: protocol.startsWith('SASL') ? readSasl(take, stated!) : null
  }
}

/** Nobody's secrets go out in the clear, or nowhere, because a protocol was forgotten. */
function checkProtocol(properties: Properties, stated: Property | undefined, protocol: string): void {
  for (const [name, property] of properties) {
    const wants = credentials.test(name) ? 'SASL' : tlsMaterial.test(name) ? 'SSL' : undefined
    if (!wants || protocol.includes(wants)) continue
    if (!stated) {
      throw new UsageError(
        `${place(property)}: ${property.key} is given, but no security.protocol`,
        `add security.protocol=${wants === 'SSL' ? 'SSL or SASL_SSL' : 'SASL_SSL, or SASL_PLAINTEXT without encryption'}`
      )
    }
    // A key in a file may well wait for another protocol, when that comes from elsewhere (`-X security.protocol=…`).
    if (wants === 'SASL' && stated.source === property.source) {
      throw new UsageError(
        `${place(property)}: ${property.key} contradicts security.protocol=${protocol} (${place(stated)})`,
        `use SASL_${protocol}, or remove one of them`
      )
    }
  }
}

function readSasl(take: Take, stated: Property): Sasl {
  const named = take('sasl.mechanism')
  const mechanism = named?.value.toUpperCase()
  if (!mechanism) {
    throw new UsageError(`${place(stated)}: there is no sasl.mechanism`, `add one: ${Object.keys(modules).join(', ')}`)
  }
  if (!Object.hasOwn(modules, mechanism)) {
    throw new UsageError(
      `${place(named!)}: sasl.mechanism ${mechanism} is not supported`,
      `use ${Object.keys(modules).join(', ')}`
    )
  }
  const jaas = take('sasl.jaas.config')
  const login = jaas && parseJaas(jaas)
  if (login && login.name !== modules[mechanism]) {
    throw new UsageError(
      `${place(jaas)}: ${login.name} contradicts sasl.mechanism=${mechanism} (${place(named!)})`,
      `use ${modules[mechanism]}, or another mechanism`
    )
  }
  if (!userMechanisms.includes(mechanism)) {
    return { mechanism: 'OAUTHBEARER', token: oauthProvider(take, login, named!) }
  }
  return { mechanism: mechanism as 'PLAIN', ...user(take, login, named!) }
}

function user(take: Take, login: LoginModule | undefined, named: Property): { username: string; password: string } {
  const [name, secret] = [take('sasl.username'), take('sasl.password')]
  const username = name?.value ?? login?.options['username']
  const password = secret?.value ?? login?.options['password']
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'username' : 'password'
    throw new UsageError(
      `${place(named)}: there is no ${missing} for ${named.value}`,
      'add sasl.jaas.config, or sasl.username and sasl.password'
    )
  }
  return { username, password }
}
