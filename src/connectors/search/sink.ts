/**
 * Records into an index, by bulk. The server answers for each record: what it is too busy for is sent again, in order,
 * and never over what was written behind it.
 */
import type { EndpointSink, Message, Rejected } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { type Answer, type Failure, reasonOf, type SearchClient, textOf } from './client.js'
import { documentOf, Lack, type Naming } from './naming.js'

/** Of one operation. */
interface Result {
  status: number
  error?: Failure
}

interface Item {
  /** Which of the messages it is. */
  index: number
  /** The index and the id; undefined: the server chooses the id. */
  place: string | undefined
  /** Its lines. */
  bytes: Buffer[]
}

const PATH = '/_bulk?filter_path=items.*.status,items.*.error'
const NEWLINE = Buffer.from('\n')
const BUSY = [429, 502, 503, 504]

export class SearchSink implements EndpointSink {
  readonly concurrency: number
  readonly #client: SearchClient
  readonly #naming: Naming

  /** @param inOrder whether one document may be written more than once */
  constructor(client: SearchClient, naming: Naming, inOrder: boolean) {
    this.#client = client
    this.#naming = naming
    this.concurrency = inOrder ? 1 : 2
  }

  async write(messages: readonly Message[]): Promise<Rejected[]> {
    const rejected: Rejected[] = []
    let items = messages.flatMap((message, index) => this.#itemsOf(message, index, rejected))
    while (items.length > 0) {
      const results = await this.#send(items)
      const busy = judge(items, results, rejected)
      if (busy.items.length > 0) await this.#client.patience.failed(`is busy: ${busy.reason}`)
      else this.#client.patience.succeeded()
      items = busy.items
    }
    return rejected
  }

  close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }

  #itemsOf(message: Message, index: number, rejected: Rejected[]): Item[] {
    const { id: idOf, index: indexOf, deletes, readsFields } = this.#naming
    const { value } = message
    try {
      if (value === null && !deletes) throw new Lack('it is a tombstone, which needs id=key to say what is to go')
      const document = value === null ? null : documentOf(value, readsFields)
      const _index = indexOf(message, document)
      const _id = idOf(message, document)
      const action = Buffer.from(`${JSON.stringify({ [value === null ? 'delete' : 'index']: { _index, _id } })}\n`)
      const place = _id === undefined ? undefined : `${_index}/${_id}`
      return [{ index, place, bytes: value === null ? [action] : [action, onOneLine(value), NEWLINE] }]
    } catch (error) {
      if (!(error instanceof Lack)) throw error
      rejected.push({ index, reason: error.message })
      return []
    }
  }

  /** The results, in the items' order. @throws FailedError */
  async #send(items: readonly Item[]): Promise<Result[]> {
    const body = Buffer.concat(items.flatMap(({ bytes }) => bytes))
    const answer = await this.#client.ask({ method: 'POST', path: PATH, body, type: 'application/x-ndjson' })
    if (answer.status === 413) {
      if (items.length === 1) return [{ status: 413, error: { type: 'it is longer than the server takes' } }]
      const half = items.length >> 1
      return [...(await this.#send(items.slice(0, half))), ...(await this.#send(items.slice(half)))]
    }
    return resultsIn(answer)
  }
}

function resultsIn(answer: Answer): Result[] {
  if (answer.status !== 200) throw new FailedError(`refuses the request: ${reasonOf(answer)}`)
  const { items } = JSON.parse(answer.body.toString()) as { items: Record<'delete' | 'index', Result | undefined>[] }
  // There was nothing to delete, or no index even.
  return items.map(({ delete: deleted, index }) => (deleted?.status === 404 ? { status: 200 } : (deleted ?? index!)))
}

/** What the server was too busy for; what it refuses is added to `rejected`. @throws FailedError for what all records meet */
function judge(items: readonly Item[], results: Result[], rejected: Rejected[]): { items: Item[]; reason: string } {
  const busy: Item[] = []
  const written = new Set<string>()
  let reason = ''
  for (let i = items.length - 1; i >= 0; i--) {
    const { index, place } = items[i]!
    const { status, error } = results[i]!
    const why = error ? textOf(error) : `status ${status}`
    const isWritten = status < 300
    if (isWritten && place !== undefined) written.add(place)
    else if (BUSY.includes(status)) {
      reason = why
      // A later record with the same id is there already.
      if (place === undefined || !written.has(place)) busy.unshift(items[i]!)
    } else if (status === 401 || status === 403 || status === 500) {
      throw new FailedError(`refuses to write: ${why}`)
    } else if (!isWritten) rejected.push({ index, reason: why })
  }
  return { items: busy, reason }
}

/** Line breaks in JSON are white space between tokens. */
function onOneLine(json: Buffer): Buffer {
  if (!json.includes(0x0a)) return json
  return Buffer.from(json.map((byte) => (byte === 0x0a ? 0x20 : byte)))
}
