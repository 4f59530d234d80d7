/** The value of `sasl.jaas.config`, as the Java clients take it: one login module and its options. Pure. */
import { UsageError } from '../errors.js'
import { type Property, place } from './properties.js'

export interface LoginModule {
  /** The class without its package: `PlainLoginModule`. */
  name: string
  options: Record<string, string>
  /** Where it was given. */
  property: Property
}

/** `org.…PlainLoginModule required username="alice" password="a \"b\"";` @throws UsageError, which shows no value */
export function parseJaas(property: Property): LoginModule {
  const [, module, rest] =
    /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(.*?);?\s*$/is.exec(property.value) ?? []
  const options: Record<string, string> = {}
  const left = rest?.replace(
    /\s*([\w.$-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;"']+))/gsy,
    (...match) => {
      const [, key, double, single, bare] = match as (string | undefined)[]
      options[key!] = bare ?? (double ?? single)!.replace(/\\(.)/gs, '$1')
      return ''
    }
  )
  if (left?.trim() !== '') {
    throw new UsageError(
      `${place(property)}: sasl.jaas.config cannot be read`,
      'write org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";'
    )
  }
  return { name: module!.slice(module!.lastIndexOf('.') + 1), options, property }
}
