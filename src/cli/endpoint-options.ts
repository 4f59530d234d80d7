/**
 * The options of an endpoint: query parameters with the names of the flags of `consume` and `produce`, read by the same
 * definitions, so that each means the same in both places.
 */
import type { Flag, FlagInput } from '@oclif/core/interfaces'
import { SluiceError, UsageError } from '../errors.js'
import { nearest } from '../nearest.js'
import type { EndpointUri } from './endpoint-uri.js'

/** @throws UsageError that names the endpoint, for an option that is none or has a wrong value */
export async function readOptions<Values extends Record<string, unknown>>(
  uri: EndpointUri,
  flags: FlagInput<Values>
): Promise<Values> {
  const definitions = flags as Record<string, Flag<unknown>>
  const values: Record<string, unknown> = {}
  for (const [name, value] of uri.options) {
    const flag = Object.hasOwn(definitions, name) ? definitions[name]! : undefined
    if (flag === undefined) throw unknown(uri, name, Object.keys(definitions))
    if (!('multiple' in flag && flag.multiple) && values[name] !== undefined) {
      throw new UsageError(`${uri.text}: ${name} is given twice`, 'give it once')
    }
    const parsed = await valueOf(flag, name, value).catch((error: unknown) => {
      if (!(error instanceof SluiceError)) throw error
      throw new UsageError(`${uri.text}: ${name}: ${error.message}`, error.advice, { cause: error })
    })
    values[name] = 'multiple' in flag && flag.multiple ? [...((values[name] as unknown[]) ?? []), parsed] : parsed
  }
  for (const [name, flag] of Object.entries(definitions)) {
    const others = flag.exclusive ?? []
    const other = values[name] === undefined ? undefined : others.find((each) => values[each] !== undefined)
    if (other) throw new UsageError(`${uri.text}: ${name} and ${other} exclude each other`, 'choose one')
    const needed = values[name] === undefined ? undefined : flag.dependsOn?.find((each) => values[each] === undefined)
    if (needed) throw new UsageError(`${uri.text}: ${name} needs ${needed}`, 'give both')
    values[name] ??= flag.default ?? (flag.type === 'boolean' ? false : undefined)
  }
  return values as Values
}

async function valueOf(flag: Flag<unknown>, name: string, value: string | undefined): Promise<unknown> {
  if (flag.type === 'boolean') {
    if (value === undefined || value === 'true') return true
    if (value === 'false') return false
    throw new UsageError(`'${value}' is neither true nor false`)
  }
  if (value === undefined) {
    if ('optionalValue' in flag && flag.optionalValue) return flag.parse('', {} as never, flag)
    throw new UsageError('it has no value', `write ${name}=VALUE`)
  }
  if (flag.options && !flag.options.includes(value)) {
    throw new UsageError(`'${value}' is none of ${flag.options.join(', ')}`)
  }
  return flag.parse(value, {} as never, flag)
}

function unknown({ text }: EndpointUri, name: string, names: string[]): UsageError {
  const near = nearest(name, names)
  const advice = near ? `did you mean ${near}?` : names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`
  return new UsageError(`${text}: there is no option '${name}' here`, advice)
}
