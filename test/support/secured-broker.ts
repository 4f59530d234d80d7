/**
 * One broker with a listener of every kind, and what its clients need: certificates, stores, users. It has an authorizer:
 * `ann`, and whoever says nothing of himself, may do everything, `bob` nothing.
 */
import { execFileSync } from 'node:child_process'
import { type KeyObject, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Settings, Wire } from '../../src/kafka/wire.js'
import { createCertificates } from '../../src/sandbox/certificates.js'
import { freePorts } from './ports.js'
import { startOwnBrokers } from './own-brokers.js'
import { letIn } from './scram.js'
import type { Workdir } from './workdir.js'
import { aclAuthorizer } from './kafka-version.js'

/** Of all users, keys and stores. */
export const password = 'hunter2-and-3'
/** Whom tokens are for on the listener `signed`, which takes those that are signed by the broker's `signer`. */
export const audience = 'kafka'
/** Of a session of PLAIN on the listener `sasl`, ms. Brokers let nobody renew one twice within a second. */
export const session = 3000

const protocols = {
  client: 'PLAINTEXT',
  controller: 'PLAINTEXT',
  tls: 'SSL',
  mutual: 'SSL',
  expired: 'SSL',
  elsewhere: 'SSL',
  sasl: 'SASL_PLAINTEXT',
  sasltls: 'SASL_SSL',
  signed: 'SASL_SSL'
}
export type Listener = keyof typeof protocols

export interface SecuredBroker {
  signer: KeyObject
  /** `localhost:PORT`. */
  at(listener: Listener): string
  stop(): Promise<void>
}

const day = 86_400_000

/**
 * Puts into the folder: `ca.pem` (of all brokers' certificates), `trust.p12` (the same), `client.pem`, `client.crt` and
 * `client.key` (locked), `client.p12`, and `stranger.pem`, which the broker does not trust.
 */
export async function startSecuredBroker(folder: Workdir): Promise<SecuredBroker> {
  const own = writeCertificates(folder)
  const ports = await freePorts(Object.keys(protocols).length)
  const listeners = Object.keys(protocols) as Listener[]
  const portOf = (listener: Listener): number => ports[listeners.indexOf(listener)]!
  const addresses = listeners.map((name) => `${name.toUpperCase()}://127.0.0.1:${portOf(name)}`)
  const module = 'org.apache.kafka.common.security'
  const users = `${module}.plain.PlainLoginModule required user_ann="${password}" user_bob="${password}";`
  const { publicKey, privateKey: signer } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256', use: 'sig' }]
  const jwks = pathToFileURL(folder.write('jwks.json', JSON.stringify({ keys }))).href
  const properties = [
    `listeners=${addresses.join()}`,
    `advertised.listeners=${addresses.filter((address) => !address.startsWith('CONTROLLER')).join()}`,
    `controller.quorum.voters=1@127.0.0.1:${portOf('controller')}`,
    `listener.security.protocol.map=${listeners.map((name) => `${name.toUpperCase()}:${protocols[name]}`).join()}`,
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${own.broker}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${own.clients}`,
    'listener.name.mutual.ssl.client.auth=required',
    `listener.name.expired.ssl.keystore.location=${own.expired}`,
    `listener.name.elsewhere.ssl.keystore.location=${own.elsewhere}`,
    'sasl.enabled.mechanisms=PLAIN',
    'listener.name.sasltls.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    `listener.name.sasl.plain.sasl.jaas.config=${users}`,
    `listener.name.sasl.plain.connections.max.reauth.ms=${session}`,
    `listener.name.sasltls.plain.sasl.jaas.config=${users}`,
    `listener.name.sasltls.scram-sha-256.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
    `listener.name.sasltls.scram-sha-512.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
    // Tokens without a signature, as Kafka takes them where nothing else is set up (KIP-255).
    `listener.name.sasltls.oauthbearer.sasl.jaas.config=${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="x";`,
    'listener.name.signed.sasl.enabled.mechanisms=OAUTHBEARER',
    `listener.name.signed.oauthbearer.sasl.server.callback.handler.class=${module}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
    `listener.name.signed.oauthbearer.sasl.jaas.config=${module}.oauthbearer.OAuthBearerLoginModule required;`,
    // Kafka 4.1.1 looks at no signature by its default.
    `sasl.oauthbearer.jwt.validator.class=${module}.oauthbearer.BrokerJwtValidator`,
    `sasl.oauthbearer.jwks.endpoint.url=${jwks}`,
    `sasl.oauthbearer.expected.audience=${audience}`,
    `authorizer.class.name=${aclAuthorizer}`,
    'super.users=User:ANONYMOUS;User:ann'
  ]
  // Kafka reads keys from where that is allowed (since 4.0).
  const allowed = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwks}`
  const brokers = await startOwnBrokers(portOf('client'), 1, properties, javaWith(allowed, folder))
  const settings: Settings = {
    bootstrapServers: [{ host: '127.0.0.1', port: portOf('client') }],
    ...{ clientId: 'test', connectTimeout: 60_000, requestTimeout: 60_000, tls: null, sasl: null }
  }
  const wire = await Wire.open(settings)
  const door = [{ host: 'localhost', port: portOf('sasltls') }]
  const tls = { ca: readFileSync(folder.join('ca.pem'), 'utf8') }
  await letIn(wire, 'ann', password, { ...settings, bootstrapServers: door, tls })
  wire.close()
  return { signer, at: (listener) => `localhost:${portOf(listener)}`, stop: () => brokers.stop() }
}

/** A home of Java, the machine's, that gives it an option. */
function javaWith(option: string, folder: Workdir): string {
  const home = process.env['JAVA_HOME']
  const java = home ? join(home, 'bin', 'java') : 'java'
  chmodSync(folder.write('java/bin/java', `#!/bin/sh\nexec '${java}' '${option}' "$@"\n`), 0o755)
  return folder.join('java')
}

/** The names of what the broker needs. */
function writeCertificates(folder: Workdir): Record<'broker' | 'expired' | 'elsewhere' | 'clients', string> {
  const now = Date.now()
  const of = (name: string, over = {}): ReturnType<typeof createCertificates> => {
    const names = { name, hosts: ['localhost'], addresses: ['127.0.0.1'] }
    return createCertificates({
      ...{ ...names, notBefore: new Date(now - 9 * day), notAfter: new Date(now + 9 * day) },
      ...over
    })
  }
  const broker = of('broker')
  const expired = of('expired', { notAfter: new Date(now - day) })
  const elsewhere = of('elsewhere', { hosts: ['kafka.example'], addresses: [] })
  const client = of('client')
  folder.write('ca.pem', broker.authority + expired.authority + elsewhere.authority)
  folder.write('stranger.pem', of('stranger').identity)
  folder.write('client.pem', client.identity)
  const [key, certificate] = client.identity.split(/(?=-----BEGIN CERTIFICATE)/) as [string, string]
  folder.write('client.crt', certificate)
  const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password } as const
  folder.write('client.key', createPrivateKey(key).export(locked))
  // As Java's users make them. One call after the other: a store is what a call leaves.
  const store = ['-storetype', 'PKCS12', '-storepass', password]
  const keytool = (file: string, ...args: string[]): string =>
    execFileSync('keytool', [...args, '-keystore', join(folder.path, file), ...store, '-J-XX:TieredStopAtLevel=1'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe']
    })
  folder.write('broker-ca.pem', broker.authority)
  keytool('trust.p12', '-importcert', '-noprompt', '-alias', 'ca', '-file', folder.join('broker-ca.pem'))
  keytool('client.p12', '-genkeypair', '-alias', 'me', '-keyalg', 'EC', '-dname', 'CN=java client')
  const java = keytool('client.p12', '-exportcert', '-rfc', '-alias', 'me')
  return {
    broker: folder.write('broker.pem', broker.identity),
    expired: folder.write('expired.pem', expired.identity),
    elsewhere: folder.write('elsewhere.pem', elsewhere.identity),
    clients: folder.write('clients-ca.pem', client.authority + java)
  }
}
