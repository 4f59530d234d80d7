/**
 * Properties of a Kafka client as people already have them: a Java client's .properties file, kcat's configuration, `-X`
 * and a profile, in one map. Each remembers where it stands, so that an error can say file and line.
 */
import { UsageError } from '../errors.js'

export interface Property {
  /** The name under which it was given. */
  key: string
  value: string
  /** A file, `-X`, or a profile. */
  source: string
  /** 1-based, in a file. */
  line: number | undefined
}

export type Properties = Map<string, Property>

/** The source of what was typed. */
export const commandLine = '-X'

/** librdkafka's names for what the Java clients call otherwise. */
const synonyms = new Map(
  Object.entries({
    'metadata.broker.list': 'bootstrap.servers',
    'sasl.mechanisms': 'sasl.mechanism',
    'socket.timeout.ms': 'request.timeout.ms',
    'topic.metadata.refresh.interval.ms': 'metadata.max.age.ms',
    'sasl.oauthbearer.client.id': 'sasl.oauthbearer.client.credentials.client.id',
    'sasl.oauthbearer.client.secret': 'sasl.oauthbearer.client.credentials.client.secret'
  })
)

/** Names that only librdkafka knows: a file with one of them is kcat's, where a backslash is a backslash. */
const librdkafkaOnly =
  /^(metadata\.broker\.list|sasl\.(username|password|mechanisms)|ssl\.(ca|certificate|key)\.(location|pem)|https\.ca\.(location|pem)|enable\.ssl\.certificate\.verification|sasl\.oauthbearer\.(config|method|client\.id|client\.secret))$/

/** Properties in a file's text. @param source the file's name @throws UsageError */
export function parseProperties(text: string, source: string): Properties {
  const java = readJava(text)
  const entries = java.some(([key]) => librdkafkaOnly.test(key)) ? readPlain(text, source) : java
  const properties: Properties = new Map()
  for (const [key, value, line] of entries) addProperty(properties, { key, value, source, line })
  return properties
}

/** Adds one under its Java name. The last one wins; but two names for the same thing that differ contradict each other. */
export function addProperty(properties: Properties, property: Property): void {
  const name = synonyms.get(property.key) ?? property.key
  const other = properties.get(name)
  if (other && other.key !== property.key && other.value !== property.value) {
    throw new UsageError(
      `${place(property)}: ${property.key} contradicts ${other.key} (${place(other)})`,
      'keep one of them'
    )
  }
  properties.set(name, property)
}

/** Whether its value, as it stands there, is nobody else's business. */
export function isSecret({ key, value }: Property): boolean {
  if (value.includes('${env:')) return false
  return key === 'sasl.jaas.config'
    ? /password|secret/i.test(value)
    : /password|secret|keystore\.key$|key\.pem|auth\.user\.info|auth\.token/.test(key)
}

/** `client.properties, line 3`. */
export function place({ source, line }: Property): string {
  return line === undefined ? source : `${source}, line ${line}`
}

/** A duration that was given. @throws UsageError for anything else */
export function milliseconds(properties: Properties, key: string): number | undefined {
  const property = properties.get(key)
  if (!property) return undefined
  const number = /^\d{1,9}$/.test(property.value) ? Number(property.value) : 0
  if (number === 0)
    throw new UsageError(`${place(property)}: ${key} is no number of milliseconds`, 'write it as in 30000')
  return number
}

type Entry = [key: string, value: string, line: number]

/** The syntax of java.util.Properties.load: `=`, `:` or space, comments, continued lines, escapes. */
function readJava(text: string): Entry[] {
  const entries: Entry[] = []
  const lines = text.split(/\r\n|\r|\n/)
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!.trimStart()
    if (line === '' || /^[#!]/.test(line)) continue
    const number = i + 1
    // A line is continued when it ends with an odd number of backslashes.
    while (/(^|[^\\])(\\\\)*\\$/.test(line) && i + 1 < lines.length) line = line.slice(0, -1) + lines[++i]!.trimStart()
    const [, key, value] = /^((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$/s.exec(line)!
    // The Java clients trim every value, passwords too.
    entries.push([unescaped(key!), unescaped(value!).trim(), number])
  }
  return entries
}

const controls: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.?))/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (controls[character] ?? character) : String.fromCharCode(parseInt(hex, 16))
  )
}

/** kcat's syntax: `key=value` and comments, nothing else. */
function readPlain(text: string, source: string): Entry[] {
  const entries: Entry[] = []
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    if (equals <= 0) throw new UsageError(`${source}, line ${i + 1}: there is no '=' in it`, 'write KEY=VALUE')
    entries.push([line.slice(0, equals).trim(), line.slice(equals + 1).trim(), i + 1])
  }
  return entries
}

/**
 * Replaces `${env:NAME}`, as Kafka's EnvVarConfigProvider does (KIP-887): so that no secret needs to stand in a file or
 * on the command line. @throws UsageError for a variable that is not set
 */
export function expandEnvironment(property: Property, env: NodeJS.ProcessEnv): Property {
  const value = property.value.replace(/\$\{env:([^}]+)\}/g, (_, name: string) => {
    const found = env[name]
    if (found === undefined)
      throw new UsageError(`${place(property)}: ${name} is not in the environment`, `export ${name}`)
    return found
  })
  return { ...property, value }
}
