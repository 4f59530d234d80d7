/**
 * A text with fields of a record in it: `user:{value.user.id}`. Fields have the names of `--fields`.
 */
import { UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { FieldTexts } from './field-text.js'

export class RecordTemplate {
  /** What stands before, between and behind the fields. */
  readonly literals: readonly string[]
  /** The field that the record had not, for which there was no text. */
  missing = ''
  readonly #texts: FieldTexts
  readonly #text = new ByteWriter(1 << 8)

  /** @param shown how errors call it · @param example what they say to write @throws UsageError */
  constructor(template: string, shown: string, example: string) {
    const parts = template.split(/\{([^{}]*)\}/)
    const names = parts.filter((_, i) => i % 2 === 1)
    this.literals = parts.filter((_, i) => i % 2 === 0)
    const half = this.literals.find((literal) => /[{}]/.test(literal))
    if (half !== undefined) throw new UsageError(`'${half}' has half a pair of braces`, example)
    if (names.length === 0) throw new UsageError(`'${shown}' has no field of the record`, example)
    if (names.includes('headers')) throw new UsageError(`'${shown}' has all headers`, 'write one, as in {headers.id}')
    this.#texts = new FieldTexts(names)
  }

  /**
   * The fields of the record at the cursor, in the order of the template; null where it has not all of them.
   * @param textOf what becomes of a field's bytes, which are good during the call @throws BadRecordError
   */
  fieldsOf(records: Records, textOf: (field: ByteWriter) => string): string[] | null {
    this.#texts.find(records)
    const found: string[] = []
    for (let i = 0; i < this.#texts.fields.length; i++) {
      this.#text.clear()
      if (!this.#texts.write(i, records, this.#text)) {
        this.missing = this.#texts.fields[i]!.name
        return null
      }
      found.push(textOf(this.#text))
    }
    return found
  }
}
