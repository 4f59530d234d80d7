/**
 * Which forms of `--key-as` and `--value-as` a schema registry describes. Apart from what they mean, since every run asks.
 */
import type { Form } from '../schemas/codec.js'

export interface AsFlags {
  'key-as': string
  'value-as': string
}

export interface SchemaFlags extends AsFlags {
  schema?: string | undefined
  'key-schema'?: string | undefined
}

/** null: it is none of them. */
export function formOf(as: string): Form | null {
  return as === 'avro' || as === 'protobuf' || as === 'json-schema' ? as : null
}

/** Whether a schema may have a part in it. */
export function usesSchemas(flags: SchemaFlags): boolean {
  const { schema, 'key-schema': keySchema } = flags
  return (formOf(flags['key-as']) ?? formOf(flags['value-as']) ?? schema ?? keySchema ?? null) !== null
}

/** What formats make of a part that is decoded by a schema: JSON. */
export function decodedAs(as: string): string {
  return formOf(as) ? 'json' : as
}

/** What parsers make of a part that is encoded by a schema: the text of the JSON; in an envelope a string has its quotes. */
export function parsedAs(as: string, format: string): string {
  return formOf(as) ? (format === 'envelope' ? 'json' : 'string') : as
}
