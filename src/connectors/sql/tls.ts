/** TLS to a database: how much of its certificate is believed, by the options and words of the database's own clients. */
import { checkServerIdentity } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import type { OptionSpecs } from '../../endpoint-module.js'
import { type TlsFileNames, type TlsFiles, tlsOf as filesOf } from '../tls-files.js'

export interface TlsNames extends TlsFileNames {
  mode: string
  /** Of the mode: none, any certificate, one of the authorities, one of theirs for this host. */
  words: readonly [off: string, any: string, authority: string, host: string]
}

/** As node:tls has it. */
export interface Tls extends TlsFiles {
  rejectUnauthorized: boolean
  /** Whether the certificate is to be the host's. */
  verifyIdentity: boolean
  checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined
}

export function tlsSpecs({ mode, words, ca, cert, key }: TlsNames): OptionSpecs {
  return {
    [mode]: { type: words, description: `TLS; by default ${words[3]} where there is a certificate, else ${words[0]}` },
    [ca]: { type: 'string', description: "a PEM file of the authorities that sign the server's certificate" },
    [cert]: { type: 'string', description: 'a PEM file of the own certificate' },
    [key]: { type: 'string', description: 'a PEM file of its key' }
  }
}

/** null: without TLS. @throws Error for options that do not go together, or a file that cannot be read */
export function tlsOf(host: string, options: Readonly<Record<string, unknown>>, names: TlsNames): Tls | null {
  const [off, any, , whole] = names.words
  const certificates = filesOf(options, names)
  const isGiven = Object.keys(certificates).length > 0
  const mode = (options[names.mode] as string | undefined) ?? (isGiven ? whole : off)
  if (mode === off) {
    if (isGiven) throw new Error(`certificates are of no use with ${names.mode}=${off}`)
    return null
  }
  return {
    ...certificates,
    // Who names the authorities wants them to be asked.
    rejectUnauthorized: mode !== any || certificates.ca !== undefined,
    verifyIdentity: mode === whole,
    // Clients do not tell Node the host where that is an address.
    checkServerIdentity: (_, certificate) => (mode === whole ? checkServerIdentity(host, certificate) : undefined)
  }
}
