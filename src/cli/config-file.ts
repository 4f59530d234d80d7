/**
 * The file of -F and of a profile's command-config, and who else may read it. What comes through a pipe, as in
 * `-F <(pass show kafka)`, can be read only once: it is kept, and the threads of a pipe are handed it.
 */
import { readFile, stat } from 'node:fs/promises'
import { UsageError } from '../errors.js'
import { type Properties, isSecret, parseProperties } from './properties.js'

/** What came through pipes, by their names. */
export const piped = new Map<string, string>()

/** @param notices is told of secrets that others can read · @throws UsageError for a file that cannot be read */
export async function readConfigFile(file: string, advice: string, notices: string[]): Promise<Properties> {
  const properties = parseProperties(piped.get(file) ?? (await textOf(file, advice)), file)
  notices.push(...(await exposedSecrets(properties, file)))
  return properties
}

async function textOf(file: string, advice: string): Promise<string> {
  let bytes: Buffer
  let isFile: boolean
  try {
    isFile = (await stat(file)).isFile()
    bytes = await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`cannot read ${file}: ${code === 'ENOENT' ? 'it does not exist' : code}`, advice)
  }
  // Java reads its files as ISO 8859-1, kcat as the bytes that they are: UTF-8 where it is that, else the former.
  const utf8 = bytes.toString('utf8')
  const text = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8
  if (!isFile) piped.set(file, text)
  return text
}

/** A notice, when a file with these properties has a secret that others can read. */
export async function exposedSecrets(properties: Properties, file: string): Promise<string[]> {
  return [...properties.values()].some(isSecret) ? exposure(file, 'the password') : []
}

/** A notice, when others can read a file that holds a secret. Pipes are nobody else's. */
export async function exposure(file: string, secret: 'the password' | 'the key'): Promise<string[]> {
  const found = await stat(file).catch(() => undefined)
  const isExposed = found !== undefined && found.isFile() && (found.mode & 0o044) !== 0
  return isExposed ? [`others on this machine can read ${secret} in ${file}: chmod 600 ${file}`] : []
}
