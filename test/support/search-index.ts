/** Indices of a search server, as other programs write and read them. */
import { uniqueName } from './broker.js'

export interface Found {
  _index: string
  _id: string
  _source: Record<string, unknown>
}

export class SearchServer {
  readonly url: string

  constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`
  }

  /** An index of one's own. */
  async create(shards = 1, name = uniqueName('index')): Promise<string> {
    await this.ask('PUT', `/${name}`, JSON.stringify({ settings: { number_of_shards: shards, number_of_replicas: 0 } }))
    return name
  }

  /** Documents as they stand there, in this order. */
  async fill(index: string, documents: readonly string[]): Promise<void> {
    const lines = documents.map((document) => `{"index":{}}\n${document}\n`)
    const { errors } = (await this.ask('POST', `/${index}/_bulk`, lines.join(''))) as { errors: boolean }
    if (errors) throw new Error(`${index} does not take all of them`)
  }

  /** All documents there are, up to 10 000. */
  async found(index: string): Promise<Found[]> {
    await this.ask('POST', `/${index}/_refresh`)
    const { hits } = (await this.ask('GET', `/${index}/_search?size=10000`)) as { hits: { hits: Found[] } }
    return hits.hits
  }

  async ask(method: string, path: string, body?: string): Promise<unknown> {
    const headers = { 'content-type': path.endsWith('_bulk') ? 'application/x-ndjson' : 'application/json' }
    const response = await fetch(this.url + path, { method, ...(body !== undefined && { body, headers }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
    return JSON.parse(text)
  }
}
