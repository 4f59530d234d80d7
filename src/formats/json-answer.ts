/**
 * What an answer makes of a record: its value, a JSON object, with the answer as one more member. The bytes of both stay
 * as they are but for white space of the answer, so numbers keep every digit.
 */
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { isSpace, OBJECT } from './json-grammar.js'
import { JsonPaths } from './json-paths.js'
import { JsonScanner } from './json-scanner.js'
import { undecodable } from './record-text.js'

/** Where in a value a member goes: what stands between `head` and `tail` is left out for it. */
export interface Slot {
  head: number
  tail: number
  /** What stands before the member's value. */
  lead: Buffer
}

const NULL = Buffer.from('null')
const REPLACED = Buffer.alloc(0)
const scanner = new JsonScanner()
const compact = new ByteWriter(1 << 12)

/** The member's place in values, by its name. */
export class Member {
  readonly #paths: JsonPaths
  readonly #first: Buffer
  readonly #further: Buffer

  constructor(name: string) {
    this.#paths = new JsonPaths([[name]])
    this.#first = Buffer.from(`${JSON.stringify(name)}:`)
    this.#further = Buffer.from(`,${JSON.stringify(name)}:`)
  }

  /** Where it goes in the value of the cursor's record: last, or in place of one of that name. @throws BadRecordError */
  slotIn(records: Records): Slot {
    const { valueBytes, valueStart, valueEnd } = records
    const problem = this.#paths.find(valueBytes, valueStart, valueEnd)
    if (problem !== undefined) throw undecodable(records, 'value', problem)
    let first = valueStart
    while (isSpace(valueBytes[first]!)) first++
    if (valueBytes[first] !== OBJECT) throw undecodable(records, 'value', 'is no JSON object')
    const head = this.#paths.starts[0]!
    if (head >= 0) return { head, tail: this.#paths.ends[0]!, lead: REPLACED }
    let close = valueEnd - 1
    while (isSpace(valueBytes[close]!)) close--
    let before = close - 1
    while (isSpace(valueBytes[before]!)) before--
    return { head: close, tail: close, lead: before === first ? this.#first : this.#further }
  }
}

/** The value of the record with an answer in its slot. An empty answer is null. Else what is wrong with the answer. */
export function withAnswer({ valueBytes, valueStart, valueEnd }: Records, slot: Slot, answer: Buffer): Buffer | string {
  scanner.reset(answer, 0, answer.length)
  const isEmpty = scanner.peek() === 0 && scanner.at === answer.length
  compact.clear()
  if (isEmpty) compact.copy(NULL, 0, NULL.length)
  else {
    if (scanner.value()) scanner.writeValue(compact)
    if (!scanner.finish()) return `answered what ${scanner.problem(0)}`
  }
  const { head, tail, lead } = slot
  return Buffer.concat([
    valueBytes.subarray(valueStart, head),
    lead,
    compact.view(),
    valueBytes.subarray(tail, valueEnd)
  ])
}
