/**
 * What Avro's logical types have in common, and decimals: decimal numbers in a string, with all their digits.
 */
import avsc, { type Schema } from 'avsc'

/** A logical type as avsc makes it of a schema. */
export type Derived = new (schema: Schema, options?: object) => avsc.types.LogicalType

/** As avsc has it, `_toValue` gives undefined for what does not fit, and `_fromValue` gets it for what is cut off. */
export abstract class Logical extends avsc.types.LogicalType {
  protected abstract override _fromValue(value: unknown): unknown
  protected abstract override _toValue(value: unknown): unknown

  protected require(...typeNames: string[]): void {
    if (typeNames.includes(this.underlyingType.typeName)) return
    throw new Error(`no logical type of ${this.underlyingType.typeName}`)
  }
}

/** "12.34": digits behind the point as the schema says. */
export class Decimal extends Logical {
  readonly #scale: number
  readonly #precision: number
  /** Of a fixed type; 0: as many as it takes. */
  readonly #size: number

  constructor(schema: { precision?: number; scale?: number; size?: number; type: string }, options: object) {
    super(schema as never, options)
    this.require('bytes', 'fixed')
    const { precision = 0, scale = 0 } = schema
    if (!(precision > 0 && scale >= 0 && scale <= precision)) throw new Error('no decimal')
    this.#precision = precision
    this.#scale = scale
    this.#size = this.underlyingType.typeName === 'fixed' ? schema.size! : 0
  }

  protected override _fromValue(bytes: Buffer | undefined): string | undefined {
    if (!bytes) return undefined
    const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
    if (this.#scale === 0) return unscaled.toString()
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(this.#scale + 1, '0')
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -this.#scale)}.${digits.slice(-this.#scale)}`
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    const [, sign, whole, rest = ''] = /^(-?)(\d{1,400})(?:\.(\d{1,400}))?$/.exec(String(value)) ?? []
    if (whole === undefined || /[1-9]/.test(rest.slice(this.#scale))) return undefined
    const digits = whole + rest.slice(0, this.#scale).padEnd(this.#scale, '0')
    const unscaled = BigInt(sign + digits)
    if (digits.replace(/^0+/, '').length > this.#precision) return undefined
    return twosComplement(unscaled, this.#size)
  }
}

function twosComplement(value: bigint, size: number): Buffer | undefined {
  let bytes = 1
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++
  if (size > 0 && bytes > size) return undefined
  const length = Math.max(size, bytes)
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex'
  )
}
