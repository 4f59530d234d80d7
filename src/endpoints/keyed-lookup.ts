/**
 * Records looked up by a text that is made of each, a path or a key: the answer becomes a member of the record's value, and
 * may be kept for further records of the same text. Whom to ask is another file's.
 */
import type { FailedError } from '../errors.js'
import type { Lookup, Question } from '../flow/lookup.js'
import { type Member, withAnswer } from '../formats/json-answer.js'
import type { Records } from '../records/records.js'
import type { AnswerCache } from './answer-cache.js'

/** Who is asked. */
export interface Oracle {
  /** How errors call all that is asked here, without a password. */
  readonly shown: string
  /** What is asked about the record at the cursor: the same text has the same answer. null: it has no `missing`. @throws BadRecordError */
  questionOf(records: Records): string | null
  /** The field without which there is nothing to ask. */
  readonly missing: string
  /** How errors call a question. */
  asked(question: string): string
  /**
   * `answered` is called once, later: with JSON, nothing being null, or with why there is none, as the rest of a sentence.
   * What comes back gives the question up.
   */
  ask(question: string, answered: (answer: Buffer | string) => void): () => void
  /** Resolves with what makes any further answer impossible. */
  readonly broken: Promise<FailedError>
  close(): Promise<void>
}

/** Variables, of which some have passwords. */
export type Environment = Readonly<Record<string, string | undefined>>

/** @param capacity the most that is asked at a time */
export type OracleOpener = (capacity: number) => Promise<Oracle>

export class KeyedLookup implements Lookup {
  readonly #oracle: Oracle
  readonly #member: Member
  readonly #cache: AnswerCache | null

  /** @param cache null: each record is asked about anew */
  constructor(oracle: Oracle, member: Member, cache: AnswerCache | null) {
    this.#oracle = oracle
    this.#member = member
    this.#cache = cache
  }

  get broken(): Promise<FailedError> {
    return this.#oracle.broken
  }

  ask(record: Records, answered: (answer: Buffer | string) => void): Question {
    const slot = this.#member.slotIn(record)
    const question = this.#oracle.questionOf(record)
    if (question === null) {
      const { missing, shown } = this.#oracle
      queueMicrotask(() => answered(`cannot be asked: the record has no ${missing}`))
      return { asked: shown, hint: '', giveUp: () => undefined }
    }
    const kept = this.#cache?.get(question)
    if (kept) queueMicrotask(() => answered(withAnswer(record, slot, kept)))
    const giveUp = kept
      ? () => undefined
      : this.#oracle.ask(question, (answer) => {
          const value = typeof answer === 'string' ? answer : withAnswer(record, slot, answer)
          if (typeof answer !== 'string' && typeof value !== 'string') this.#cache?.set(question, answer)
          answered(value)
        })
    return { asked: this.#oracle.asked(question), hint: '', giveUp }
  }

  close(): Promise<void> {
    return this.#oracle.close()
  }
}
