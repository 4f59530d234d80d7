/** Certificates of a connection, as the options that name their files: a system's own words, or else these. */
import { readFileSync } from 'node:fs'
import type { OptionSpecs } from '../endpoint-module.js'

export const tlsFileOptions = {
  cacertfile: { type: 'string', description: "PEM file of the authorities that the server's certificate is to be of" },
  certfile: { type: 'string', description: 'PEM file of the own certificate' },
  keyfile: { type: 'string', description: 'PEM file of its key' }
} as const satisfies OptionSpecs

/** For node:tls. */
export interface TlsFiles {
  /** Of the authorities that sign the server's. Without it, those that Node knows. */
  ca?: string
  /** The client's own, for a server that asks for one. */
  cert?: string
  key?: string
}

/** How the options are called. */
export interface TlsFileNames {
  ca: string
  cert: string
  key: string
}

const NAMES: TlsFileNames = { ca: 'cacertfile', cert: 'certfile', key: 'keyfile' }

/** @throws Error for a file that cannot be read, or a certificate without its key */
export function tlsOf(options: Readonly<Record<string, unknown>>, names = NAMES): TlsFiles {
  const [ca, cert, key] = [names.ca, names.cert, names.key].map((name) => options[name] as string | undefined)
  if ((cert === undefined) !== (key === undefined)) throw new Error(`${names.cert} and ${names.key} belong together`)
  return {
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
    ...(cert !== undefined && { cert: readFileSync(cert, 'utf8') }),
    ...(key !== undefined && { key: readFileSync(key, 'utf8') })
  }
}
