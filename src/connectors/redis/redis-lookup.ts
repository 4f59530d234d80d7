/**
 * Records looked up in Redis, over one connection: `redis://host/0?get=user:{value.id}` is a string with JSON,
 * `?hget=users&field={value.id}` a field of a hash with JSON, `?hgetall=user:{value.id}` a hash, as an object of texts.
 */
import type { Environment, Oracle, OracleOpener } from '../../endpoints/keyed-lookup.js'
import { FailedError, UsageError } from '../../errors.js'
import { RecordTemplate } from '../../formats/record-template.js'
import { type RedisAddress, addressOf } from './address.js'
import { type Command, RedisClient, type Reply } from './client.js'

type Records = Parameters<Oracle['questionOf']>[0]

const EXAMPLE = 'write it as in redis://localhost:6379/0?get=user:{value.id}'
const NOTHING = Buffer.alloc(0)

/** What is asked, and how. */
interface Asked {
  address: RedisAddress
  /** The URL without user and password, and what is asked. */
  shown: string
  /** What stands before the key that is made of each record. */
  command: readonly string[]
  template: RecordTemplate
}

/** @param tls as of `rediss:` @throws UsageError */
export function redisLookup(url: string, environment: Environment, tls: boolean): OracleOpener {
  const asked = parsed(url, environment, tls)
  return async () => {
    const away = new AbortController()
    try {
      const client = await RedisClient.connect(asked.address, { notice: () => undefined, signal: away.signal })
      return new RedisOracle(client, asked)
    } catch (error) {
      throw new FailedError(`${asked.shown} ${(error as Error).message}`, undefined, { cause: error })
    }
  }
}

function parsed(url: string, environment: Environment, tls: boolean): Asked {
  const [, scheme = '', address = '', query = ''] = /^(rediss?:)([^?]*)\?(.*)$/s.exec(url) ?? []
  const shown = `${scheme}${address.replace(/^\/\/[^/]*@/, '//')}`
  const options = Object.fromEntries(query.split('&').map((item) => option(item, shown)))
  const { get, hget, field, hgetall, cacert, cert, key, ...others } = options
  const [other] = Object.keys(others)
  const given = [get, hget, hgetall].filter((each) => each !== undefined)
  if (other !== undefined && query !== '')
    throw new UsageError(`${shown}: there is no option '${other}' of a lookup`, EXAMPLE)
  if (given.length !== 1) throw new UsageError(`${shown}: a lookup has one of get, hget, hgetall`, EXAMPLE)
  if ((hget === undefined) !== (field === undefined))
    throw new UsageError(`${shown}: hget and field belong together`, 'give both')
  const command = get !== undefined ? ['GET'] : hgetall !== undefined ? ['HGETALL'] : ['HGET', hget!]
  try {
    const connection = { cacert, cert, key, password: environment['REDISCLI_AUTH'] }
    const template = new RecordTemplate(get ?? hgetall ?? field!, shown, EXAMPLE)
    return { address: addressOf(address, tls, connection), shown, command, template }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${shown}: ${(error as Error).message}`)
  }
}

function option(item: string, shown: string): [string, string] {
  const [name, value = ''] = item.split(/=(.*)/s) as [string, string?]
  try {
    return [name, decodeURIComponent(value)]
  } catch {
    throw new UsageError(`${shown}: ${name} has a percent sign that is no encoding`, 'write %25 for a percent sign')
  }
}

/** A question is the bytes of a key, each a character. */
class RedisOracle implements Oracle {
  /** A server that is away may come back. */
  readonly broken: Promise<FailedError>
  readonly shown: string
  readonly #client: RedisClient
  readonly #asked: Asked
  readonly #literals: string[]

  constructor(client: RedisClient, asked: Asked) {
    this.#client = client
    this.#asked = asked
    this.shown = asked.shown
    this.#literals = asked.template.literals.map((literal) => Buffer.from(literal).toString('latin1'))
    this.broken = client.ended.catch((error: Error) => new FailedError(`${asked.shown} ${error.message}`))
  }

  get missing(): string {
    return this.#asked.template.missing
  }

  questionOf(records: Records): string | null {
    const fields = this.#asked.template.fieldsOf(records, ({ bytes, length }) => bytes.toString('latin1', 0, length))
    return fields && this.#literals.reduce((key, literal, i) => key + fields[i - 1]! + literal)
  }

  asked(key: string): string {
    return `${this.shown} ${[...this.#asked.command, Buffer.from(key, 'latin1').toString()].join(' ')}`
  }

  ask(key: string, answered: (answer: Buffer | string) => void): () => void {
    const command: Command = [...this.#asked.command, Buffer.from(key, 'latin1')]
    this.#client.once([command]).then(
      ([reply]) => answered(reply === undefined ? 'cannot be reached' : answerOf(reply)),
      (error: Error) => answered(error.message)
    )
    // It comes, and is not listened to.
    return () => undefined
  }

  close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}

function answerOf(reply: Reply): Buffer {
  if (!Array.isArray(reply)) return (reply as Buffer | null) ?? NOTHING
  const texts = reply.map(String)
  if (texts.length === 0) return NOTHING
  const pairs = Array.from({ length: texts.length / 2 }, (_, i) => [texts[2 * i]!, texts[2 * i + 1]!] as const)
  return Buffer.from(JSON.stringify(Object.fromEntries(pairs)))
}
