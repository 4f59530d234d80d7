/**
 * JSON Schema: the bytes behind the schema's id are JSON as it stands, which is checked when it is written. Formats (as
 * in "format": "email") are not, which the specification leaves open.
 */
import type { Ajv, ValidateFunction } from 'ajv'
import type { ByteWriter } from '../records/byte-writer.js'
import { type Codec, Misfit } from './codec.js'
import type { Schema } from './registry.js'

/** Reading it takes no schema. */
export const jsonDecoder: Pick<Codec, 'decode'> = {
  decode: (bytes, start, end, out) => out.copy(bytes, start, end)
}

const options = { strict: false, validateFormats: false, logger: false } as const

export class JsonSchemaCodec implements Codec {
  readonly #validate: ValidateFunction
  readonly decode = jsonDecoder.decode.bind(jsonDecoder)

  /** Throws for what is no JSON Schema. */
  static async create({ text, references }: Pick<Schema, 'text' | 'references'>): Promise<JsonSchemaCodec> {
    const schema = JSON.parse(text) as object
    const ajv = await validatorFor(String((schema as { $schema?: unknown }).$schema))
    for (const each of references) ajv.addSchema(JSON.parse(each.text) as object, each.name)
    return new JsonSchemaCodec(ajv.compile(schema))
  }

  private constructor(validate: ValidateFunction) {
    this.#validate = validate
  }

  encode(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
    if (!this.#validate(JSON.parse(bytes.toString('utf8', start, end)))) throw this.#misfit()
    out.copy(bytes, start, end)
  }

  #misfit(): Misfit {
    const { instancePath, message, params } = this.#validate.errors![0]!
    const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] }
    const more = additionalProperty ?? allowedValues?.map((value) => JSON.stringify(value)).join(', ')
    const misfit = new Misfit(more === undefined ? message : `${message} (${more})`)
    misfit.path.push(...instancePath.split('/').slice(1).map(unescaped))
    return misfit
  }
}

/** JSON pointers, RFC 6901. */
function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** @param draft what the schema says of itself; draft 7 where that is nothing */
async function validatorFor(draft: string): Promise<Ajv> {
  if (draft.includes('2020-12')) return new (await import('ajv/dist/2020.js')).Ajv2020(options)
  if (draft.includes('2019-09')) return new (await import('ajv/dist/2019.js')).Ajv2019(options)
  const { Ajv } = await import('ajv')
  const ajv = new Ajv(options)
  if (draft.includes('draft-06')) {
    const { default: meta } = await import('ajv/dist/refs/json-schema-draft-06.json', { with: { type: 'json' } })
    ajv.addMetaSchema(meta)
  }
  return ajv
}
