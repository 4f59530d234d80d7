/**
 * `--key-as` and `--value-as` where they name a form that a schema registry describes: the bytes in the topic are of that
 * form, and everything else sees JSON. Pure.
 */
import { UsageError } from '../errors.js'
import type { DecodeOptions, EncodeOptions } from '../jobs/schemas.js'
import type { Form } from '../schemas/codec.js'
import type { Part, SchemaChoice } from '../schemas/encoder.js'
import type { RegistrySettings } from '../schemas/registry.js'
import { type AsFlags, formOf, type SchemaFlags } from './schema-forms.js'

/** null: nothing is decoded by a schema. @throws UsageError */
export function planDecoding(
  flags: AsFlags & { key?: string | undefined },
  registry: RegistrySettings | null
): DecodeOptions | null {
  const [key, value] = [formOf(flags['key-as']), formOf(flags['value-as'])]
  if (key === null && value === null) return null
  if (key !== null && flags.key !== undefined) {
    throw new UsageError(`--key does not go with --key-as ${key}`, 'keys of one value may differ in their schema')
  }
  // What JSON Schema describes is JSON, with or without the schema.
  const asked = [key, value].find((form) => form !== null && form !== 'json-schema')
  if (asked && !registry) throw noRegistry(asked)
  return { registry, key, value }
}

/** null: nothing is encoded by a schema. @throws UsageError */
export function planEncoding(flags: SchemaFlags, registry: RegistrySettings | null): EncodeOptions | null {
  const key = partOf(flags['key-as'], flags['key-schema'], 'key')
  const value = partOf(flags['value-as'], flags.schema, 'value')
  const part = key ?? value
  if (part === null) return null
  if (!registry) throw noRegistry(part.form)
  return { registry, key, value }
}

function partOf(as: string, schema: string | undefined, part: 'key' | 'value'): Part | null {
  const form = formOf(as)
  if (form !== null) {
    const choice = schemaChoice(schema ?? '')
    if (choice.message === null || form === 'protobuf') return { form, schema: choice }
    throw new UsageError(`'${schema}' names a message, and ${form} has none`, 'leave # and what follows out')
  }
  if (schema === undefined) return null
  throw new UsageError(`--${part === 'key' ? 'key-' : ''}schema needs --${part}-as avro, protobuf or json-schema`)
}

function noRegistry(form: Form): UsageError {
  const advice =
    'give --schema-registry URL, SCHEMA_REGISTRY_URL in the environment, or the property schema.registry.url'
  return new UsageError(`${form} needs a schema registry`, advice)
}

/** `FILE` or `SUBJECT[:VERSION]`, each with `#MESSAGE`; nothing is the latest of the topic. @throws UsageError */
export function schemaChoice(text: string): SchemaChoice {
  const [, name, message = null] = /^([^#]*)(?:#(.*))?$/s.exec(text)!
  const none = { file: null, subject: null, version: null, message }
  if (message === '') throw new UsageError(`'${text}' names no message`, 'write #MESSAGE')
  if (/\/|\.(avsc|proto|json)$/.test(name!)) return { ...none, file: name! }
  const [, subject, version] = /^(.*?)(?::(\d{1,9}|latest))?$/s.exec(name!)!
  const isNumber = version !== undefined && version !== 'latest'
  return { ...none, subject: subject || null, version: isNumber ? Number(version) : null }
}

/** Of a topic in a pipe, whose text is elsewhere. @throws UsageError */
export function requireSchemaForm(as: string, option: string): void {
  if (as === 'string' || formOf(as)) return
  throw new UsageError(`${option}=${as}: of a topic it is avro, protobuf or json-schema`, 'others are options of text')
}
