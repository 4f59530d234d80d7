/**
 * What a secured sandbox has in its folder: certificates for its brokers, the authority that clients trust, and a
 * client.properties for whoever uses it. Made once, and kept as long as the data.
 */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createCertificates } from './certificates.js'
import { literal } from './literal.js'
import { authorityFile, clientFile, identityFile } from './state.js'

export interface Security {
  /** PEM, of the authority. */
  authority: string
  /** PEM, key and certificate of the brokers. */
  identity: string
  username: string
  password: string
}

/** What certificates call the brokers; by this they know each other. */
const commonName = 'sluice sandbox'
const username = 'admin'
export const mechanism = 'SCRAM-SHA-512'

const day = 86_400_000

/** What the folder has already, or else new certificates and a new password. */
export async function prepareSecurity(folder: string, bootstrapServers: string): Promise<Security> {
  const security = (await readSecurity(folder)) ?? newSecurity()
  const { authority, identity, password } = security
  await writeFile(authorityFile(folder), authority)
  await writeFile(identityFile(folder), identity, { mode: 0o600 })
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  const lines = [
    '# Written by sluice sandbox start --secure. Java clients read it as well.',
    `bootstrap.servers=${bootstrapServers}`,
    'security.protocol=SASL_SSL',
    `sasl.mechanism=${mechanism}`,
    `sasl.jaas.config=${module} required username="${username}" password="${password}";`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${literal(authorityFile(folder))}`
  ]
  await writeFile(clientFile(folder), `${lines.join('\n')}\n`, { mode: 0o600 })
  return security
}

/** Of every broker. TLS everywhere: clients say who they are by SCRAM, brokers and controllers by their certificate. */
export function securityProperties(folder: string): string[] {
  return [
    'listener.security.protocol.map=CLIENT:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name=BROKERS',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${literal(identityFile(folder))}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${literal(authorityFile(folder))}`,
    'listener.name.brokers.ssl.client.auth=required',
    'listener.name.controller.ssl.client.auth=required',
    `listener.name.client.sasl.enabled.mechanisms=${mechanism}`,
    `listener.name.client.${mechanism.toLowerCase()}.sasl.jaas.config=` +
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    // For an authorizer that --set may bring.
    `super.users=User:CN=${commonName};User:${username}`
  ]
}

async function readSecurity(folder: string): Promise<Security | undefined> {
  const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')
  const files = [authorityFile(folder), identityFile(folder), clientFile(folder)]
  const [authority, identity, client] = (await Promise.all(files.map(read))) as [string, string, string]
  const password = /^sasl\.jaas\.config=.* password="([\w-]+)";$/m.exec(client)?.[1]
  return authority && identity && password ? { authority, identity, username, password } : undefined
}

function newSecurity(): Security {
  const now = Date.now()
  const certificates = createCertificates({
    name: commonName,
    hosts: ['localhost'],
    addresses: ['127.0.0.1'],
    notBefore: new Date(now - day),
    notAfter: new Date(now + 3650 * day)
  })
  return { ...certificates, username, password: randomBytes(18).toString('base64url') }
}
