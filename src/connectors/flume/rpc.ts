/**
 * Calls of Avro RPC and their answers (Avro specification, "Call Format"), at both ends of a connection: the first call has
 * a handshake before it, and so has the answer to it.
 */
import { AvroReader, AvroWriter } from './avro.js'
import { type Status, greet, readWelcome, skipMeta, statuses, welcome } from './handshake.js'

/** Who calls, over one connection. */
export class Caller {
  #isMet = false

  /** @param events an array, encoded */
  appendBatch(events: Buffer): Buffer {
    const call = new AvroWriter()
    if (!this.#isMet) greet(call)
    call.long(0)
    call.string('appendBatch')
    call.fixed(events)
    return call.view
  }

  /** @throws Error where the call failed, or this is no answer to one */
  answer(payload: Buffer): Status {
    const answer = new AvroReader(payload)
    if (!this.#isMet) readWelcome(answer)
    this.#isMet = true
    skipMeta(answer)
    const isError = answer.boolean()
    const code = answer.long()
    // There is no error but a text.
    if (isError) throw new Error(answer.string())
    return statuses[code] ?? 'UNKNOWN'
  }
}

export interface Call<Event> {
  /** null: it brings none, and the answer says all there is to say. */
  events: Event[] | null
  answer: AvroWriter
}

/** Who is called, over one connection. */
export class Callee {
  #isMet = false

  /** @param readEvent reads one · @throws Error for what is no call */
  take<Event>(payload: Buffer, readEvent: (reader: AvroReader) => Event): Call<Event> {
    const call = new AvroReader(payload)
    const answer = new AvroWriter()
    this.#isMet ||= welcome(call, answer)
    if (!this.#isMet) return { events: null, answer }
    skipMeta(call)
    answer.long(0)
    const name = call.string()
    const events: Event[] = []
    if (name === 'append') events.push(readEvent(call))
    else if (name === 'appendBatch') call.items(() => events.push(readEvent(call)))
    else {
      answer.boolean(true)
      answer.long(0)
      answer.string(`there is no call '${name}'`)
      return { events: null, answer }
    }
    return { events, answer }
  }
}

export function succeed({ answer }: Call<unknown>): Buffer {
  answer.boolean(false)
  answer.long(statuses.indexOf('OK'))
  return answer.view
}
