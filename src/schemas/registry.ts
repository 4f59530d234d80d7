/**
 * A schema registry with Confluent's HTTP interface: schemas by id, by subject and version, and registering one. Four
 * requests, so that no client library is needed; the client of Confluent brings those of four cloud providers.
 */
import type { ConnectionOptions } from 'node:tls'
import { FailedError } from '../errors.js'
import { type Answer, send } from './http.js'

export interface RegistrySettings {
  /** One or more for the same registry, without a user. */
  urls: string[]
  /** What the header of this name says; null: none. */
  authorization: string | null
  tls: ConnectionOptions | null
  /** Milliseconds for an answer. */
  timeout: number
  /** Whether a schema that is not there is registered. */
  register: boolean
}

export interface Schema {
  id: number
  type: 'AVRO' | 'PROTOBUF' | 'JSON'
  text: string
  /** What it refers to, each behind what that one refers to. */
  references: readonly ReferredSchema[]
  /** As errors call it. */
  name: string
}

export interface ReferredSchema {
  /** As it is referred to: the name of an Avro type, the path of an import, a `$ref`. */
  name: string
  text: string
}

interface Reference {
  name: string
  subject: string
  version: number
}

interface SchemaAnswer {
  id?: number
  version?: number
  schema: string
  schemaType?: Schema['type']
  references?: Reference[]
}

/** What is to be registered. */
export type NewSchema = Pick<Schema, 'type' | 'text'>

export class Registry {
  readonly #settings: RegistrySettings
  /** `SUBJECT/VERSION` → the schema, which never changes. */
  readonly #versions = new Map<string, Promise<SchemaAnswer>>()

  constructor(settings: RegistrySettings) {
    this.#settings = settings
  }

  /** As errors call it. */
  get name(): string {
    return `the schema registry ${this.#settings.urls.join(',')}`
  }

  /** undefined: it has none with this id. @throws FailedError */
  async schema(id: number): Promise<Schema | undefined> {
    const answer = await this.#ask('GET', `/schemas/ids/${id}`)
    if (answer.status === 404) return undefined
    return this.#whole(id, `schema ${id}`, this.#schemaOf(answer))
  }

  /** @param version null: the latest @throws FailedError */
  async version(subject: string, version: number | null): Promise<Schema> {
    const found = await this.#version(subject, version ?? 'latest')
    return this.#whole(found.id!, `schema ${found.id} (${subject}, version ${found.version})`, found)
  }

  /** The id of this very schema under the subject; undefined: it is not there. @throws FailedError */
  async lookUp(subject: string, schema: NewSchema): Promise<number | undefined> {
    const answer = await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}`, bodyOf(schema))
    return answer.status === 404 ? undefined : this.#idOf(answer)
  }

  /** Its id. @throws FailedError */
  async register(subject: string, schema: NewSchema): Promise<number> {
    const answer = await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}/versions`, bodyOf(schema))
    if (answer.status === 409) {
      const what = `${this.name} refuses the schema: it is incompatible with what ${subject} has (${answer.message})`
      throw new FailedError(what, 'make it compatible, or choose another subject or compatibility level')
    }
    if (answer.status === 404) throw this.#failed(answer)
    return this.#idOf(answer)
  }

  #version(subject: string, version: number | 'latest'): Promise<SchemaAnswer> {
    const key = `${subject}/${version}`
    const known = this.#versions.get(key)
    if (known) return known
    const asked = this.#ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`).then((answer) => {
      if (answer.status === 404) throw this.#unknown(subject, version)
      return this.#schemaOf(answer)
    })
    this.#versions.set(key, asked)
    return asked
  }

  #unknown(subject: string, version: number | 'latest'): FailedError {
    const what = version === 'latest' ? `subject ${subject}` : `version ${version} of subject ${subject}`
    return new FailedError(`${this.name} has no ${what}`, 'check the name, or register a schema: --schema FILE')
  }

  /** With all that it refers to. */
  async #whole(id: number, name: string, { schema, schemaType, references }: SchemaAnswer): Promise<Schema> {
    const found = new Map<string, ReferredSchema>()
    await this.#resolve(references ?? [], found, new Set())
    return { id, type: schemaType ?? 'AVRO', text: schema, references: [...found.values()], name }
  }

  /** @param open those being resolved: registries allow no circles, but who knows */
  async #resolve(references: Reference[], found: Map<string, ReferredSchema>, open: Set<string>): Promise<void> {
    for (const { name, subject, version } of references) {
      if (found.has(name) || open.has(name)) continue
      open.add(name)
      const { schema, references: further } = await this.#version(subject, version)
      await this.#resolve(further ?? [], found, open)
      found.set(name, { name, text: schema })
    }
  }

  #schemaOf({ body, ...answer }: Answer): SchemaAnswer {
    if (typeof (body as Partial<SchemaAnswer> | null)?.schema === 'string') return body as SchemaAnswer
    throw this.#failed({ body, ...answer })
  }

  #idOf({ body, ...answer }: Answer): number {
    const { id } = (body ?? {}) as { id?: unknown }
    if (typeof id === 'number') return id
    throw this.#failed({ body, ...answer })
  }

  /** Of a registry at several addresses, the first that can be reached. */
  async #ask(method: string, path: string, body?: string): Promise<Answer> {
    const { urls } = this.#settings
    const unreachable: string[] = []
    for (const url of urls) {
      const answer = await send(url + path, { ...this.#settings, method, body })
      if (typeof answer === 'string') unreachable.push(urls.length > 1 ? `${url}: ${answer}` : answer)
      else if (answer.isOfRegistry && [200, 404, 409].includes(answer.status)) return answer
      else throw this.#failed(answer)
    }
    const advice = /certificate/i.test(unreachable.join())
      ? 'name who signed it with schema.registry.ssl.truststore.location or .certificates'
      : 'check --schema-registry, and whether it runs'
    throw new FailedError(`${this.name} cannot be reached (${unreachable.join(', ')})`, advice)
  }

  #failed({ status, message }: Answer): FailedError {
    const why = message === '' ? '' : `: ${message}`
    if (status === 401) {
      const advice = 'set basic.auth.user.info=USER:PASSWORD or bearer.auth.token in a file for -F'
      return new FailedError(`${this.name} does not know us (401)`, advice)
    }
    if (status === 403)
      return new FailedError(`${this.name} does not allow this (403${why})`, 'check what the user may do')
    if (status === 200 || status === 404) {
      return new FailedError(`${this.name} does not answer as one (${status}${why})`, 'check --schema-registry')
    }
    return new FailedError(`${this.name} answered ${status}${why}`)
  }
}

function bodyOf({ type, text }: NewSchema): string {
  // Registries that know nothing but Avro do not know the field.
  return JSON.stringify(type === 'AVRO' ? { schema: text } : { schemaType: type, schema: text })
}
