/**
 * Where the schema registry is and how to reach it: the flag over the properties of Confluent's serializers over the
 * environment. Those that it shares by name with the cluster begin with `schema.registry.`, as in Confluent's tools.
 */
import { UsageError } from '../errors.js'
import type { RegistrySettings } from '../schemas/registry.js'
import { type Properties, type Property, place } from './properties.js'

const PREFIX = 'schema.registry.'

export interface Given {
  /** What was typed, or stands in the environment. */
  flag: string | undefined
  env: string | undefined
  /** Milliseconds for an answer. */
  timeout: number
}

/**
 * null: it is not said where it is.
 * @param used receives the names of the properties that have a meaning here
 * @throws UsageError
 */
export async function readRegistry(
  properties: Properties,
  { flag, env, timeout }: Given,
  used: Set<string>
): Promise<RegistrySettings | null> {
  const take = (name: string): Property | undefined => {
    used.add(name)
    return properties.get(name)
  }
  const own = (name: string): Property | undefined => take(PREFIX + name) ?? take(name)
  const property = take(`${PREFIX}url`)
  const urls = (flag ?? property?.value ?? env ?? '').split(',').map((url) => url.trim())
  const source = own('basic.auth.credentials.source')
  const user = own('basic.auth.user.info')?.value
  const token = own('bearer.auth.token')?.value
  own('bearer.auth.credentials.source')
  const register = take('auto.register.schemas')?.value.toLowerCase() !== 'false'
  const isSecured = [...properties.keys()].some((name) => name.startsWith(`${PREFIX}ssl.`))
  const tls = isSecured ? (await import('./tls.js')).tlsOptions((name) => take(PREFIX + name)).tls : null
  if (urls.join('') === '') return null
  if (source && !/^(url|user_info)$/i.test(source.value)) {
    throw new UsageError(`${place(source)}: ${source.key} ${source.value} is not supported`, 'use USER_INFO or URL')
  }
  if (user !== undefined && token !== undefined) {
    throw new UsageError('basic.auth.user.info and bearer.auth.token exclude each other', 'keep one of them')
  }
  const parsed = urls.filter((url) => url !== '').map(parseUrl)
  const inUrl = parsed.find(({ username }) => username !== '')
  const basic = user ?? (inUrl && `${decodeURIComponent(inUrl.username)}:${decodeURIComponent(inUrl.password)}`)
  return {
    urls: parsed.map(({ origin, pathname }) => origin + pathname.replace(/\/+$/, '')),
    authorization:
      basic !== undefined
        ? `Basic ${Buffer.from(basic).toString('base64')}`
        : token === undefined
          ? null
          : `Bearer ${token}`,
    tls,
    timeout,
    register
  }
}

/** A URL that cannot be read is not shown: there may be a password in it. @throws UsageError */
function parseUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new UsageError('--schema-registry is no URL', 'as in http://localhost:8081')
}
