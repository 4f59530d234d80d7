/**
 * The options that a module has, as the definitions that all endpoints' options are read by; and those that no message may
 * show.
 */
import { boolean, option, string } from '@oclif/core/flags'
import type { FlagInput } from '@oclif/core/interfaces'
import type { OptionSpec, OptionSpecs } from '../endpoint-module.js'
import type { EndpointUri } from './endpoint-uri.js'
import { count, duration, size } from './flags.js'

export function flagsOf(specs: OptionSpecs): FlagInput<Record<string, unknown>> {
  const flags = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, flagOf(spec)]))
  return flags as FlagInput<Record<string, unknown>>
}

function flagOf({ type, description, default: byDefault, min, max, multiple }: OptionSpec): object {
  const common = { description, ...(byDefault !== undefined && { default: byDefault as never }) }
  if (typeof type !== 'string') return option({ options: [...type], ...common })()
  switch (type) {
    case 'number':
      return count({ ...common, ...(min !== undefined && { min }), ...(max !== undefined && { max }) })
    case 'duration':
      return duration(common)
    case 'size':
      return size(common)
    case 'boolean':
      return boolean(common)
    case 'string':
      return multiple ? string({ ...common, multiple }) : string(common)
  }
}

/** The values of secret options, and the endpoint without them. */
export function secretsOf(uri: EndpointUri, specs: OptionSpecs): { text: string; secrets: string[] } {
  const given = uri.options.filter(([name]) => Object.hasOwn(specs, name) && specs[name]!.secret !== undefined)
  const text = given.reduce(
    (masked, [name]) => masked.replace(new RegExp(`([?&#]${name}=)[^&]*`, 'g'), '$1***'),
    uri.text
  )
  return { text, secrets: given.map(([, value]) => value ?? '') }
}
