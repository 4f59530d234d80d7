/**
 * Named clusters in ~/.config/sluice/config.toml. A profile holds the properties of a client under the names that Kafka
 * gives them, so there is nothing to learn twice:
 *
 *     [profile.prod]
 *     bootstrap.servers = "kafka1:9093,kafka2:9093"
 *     security.protocol = "SASL_SSL"
 *
 * or names a file that has them already, as for -F: `command-config = "client.properties"`, beside config.toml. What
 * stands in the profile wins over that.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { UsageError } from '../errors.js'
import { nearest } from '../nearest.js'
import { exposedSecrets, readConfigFile } from './config-file.js'
import { type Properties, type Property, addProperty, place } from './properties.js'

/** @param notices is told of secrets that others can read · @throws UsageError naming the profiles that there are */
export async function readProfile(name: string, env: NodeJS.ProcessEnv, notices: string[]): Promise<Properties> {
  const file = configFile(env)
  const properties = profileOf(await readProfiles(file, name), name, file)
  notices.push(...(await exposedSecrets(properties, file)))
  const named = properties.get(COMMAND_CONFIG)
  if (!named) return properties
  properties.delete(COMMAND_CONFIG)
  const path = resolve(dirname(file), named.value)
  const theirs = await readConfigFile(path, `correct ${COMMAND_CONFIG} in ${place(named)}`, notices)
  return new Map<string, Property>([...theirs, ...properties])
}

/** What a profile says. @throws UsageError naming the profiles that there are */
export function profileOf(profiles: Record<string, unknown>, name: string, file: string): Properties {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (!isTable(profile)) {
    const names = Object.keys(profiles)
    const meant = nearest(name, names)
    const advice = meant ? `did you mean ${meant}?` : names.length > 0 ? `there are ${names.join(', ')}` : 'it has none'
    throw new UsageError(`there is no profile '${name}' in ${file}`, advice)
  }
  const properties: Properties = new Map()
  const source = `profile ${name} of ${file}`
  for (const [key, value] of flatten(profile)) {
    if ([value].flat(Infinity).some(isTable)) {
      throw new UsageError(`${source}: ${key} has tables in a list`, 'write a text, or a list of texts')
    }
    addProperty(properties, { key, value: String(value), source, line: undefined })
  }
  return properties
}

const COMMAND_CONFIG = 'command-config'

/** All that there are. @throws UsageError */
export async function profileNames(env: NodeJS.ProcessEnv): Promise<string[]> {
  return Object.keys(await readProfiles(configFile(env), ''))
}

function configFile(env: NodeJS.ProcessEnv): string {
  return env['SLUICE_CONFIG'] || `${env['XDG_CONFIG_HOME'] || `${homedir()}/.config`}/sluice/config.toml`
}

async function readProfiles(file: string, name: string): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      `cannot read ${file} for the profile '${name}': ${code === 'ENOENT' ? 'it does not exist' : code}`,
      `write it, with a table [profile.${name}]`
    )
  }
  return parseProfiles(text, file)
}

/** The profiles in a text, which is a file's. @throws UsageError where it is not TOML */
export async function parseProfiles(text: string, file: string): Promise<Record<string, unknown>> {
  const { parse } = await import('smol-toml')
  try {
    const { profile = {} } = parse(text)
    return isTable(profile) ? profile : {}
  } catch (error) {
    const { line, message } = error as { line?: number; message: string }
    throw new UsageError(
      `${file}${line === undefined ? '' : `, line ${line}`}: ${message.split('\n')[0]}`,
      'it has to be TOML'
    )
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** TOML makes tables of dotted keys: `{sasl: {mechanism}}` → `sasl.mechanism`. A list is joined by commas. */
function* flatten(table: Record<string, unknown>, prefix = ''): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(table)) {
    if (isTable(value)) yield* flatten(value, `${prefix}${key}.`)
    else yield [prefix + key, value]
  }
}
