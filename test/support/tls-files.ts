/** Certificates for a server of a test and for its clients, in a folder: of an authority that nobody else knows. */
import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificates } from '../../src/sandbox/certificates.js'

/** PEM files. */
export interface TlsFiles {
  /** The authority of both ends. */
  authority: string
  /** Key and certificate, good for both ends, for localhost and 127.0.0.1. */
  identity: string
  /** The authority of somebody else. */
  stranger: string
}

const day = 86_400_000

/** @param owner whose the files are to be, if not ours */
export function writeTlsFiles(folder: string, owner?: { uid: number; gid: number }): TlsFiles {
  const create = (): ReturnType<typeof createCertificates> =>
    createCertificates({
      ...{ name: 'test', hosts: ['localhost'], addresses: ['127.0.0.1'] },
      ...{ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
    })
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    // PostgreSQL refuses a key that others may read.
    writeFileSync(path, text, { mode: 0o600 })
    if (owner) chownSync(path, owner.uid, owner.gid)
    return path
  }
  const { authority, identity } = create()
  return {
    authority: write('authority.pem', authority),
    identity: write('identity.pem', identity),
    stranger: write('stranger.pem', create().authority)
  }
}
