/** Records as commands, a batch sent at once. */
import type { EndpointSink, Message, Rejected } from '../../endpoint-module.js'
import type { Kind } from './address.js'
import type { Command, RedisClient } from './client.js'
import { fieldsOf } from './stream-entry.js'

/** The command that writes a record, or why there is none. */
export type CommandOf = (message: Message) => Command | string

export interface SinkOptions {
  kind: Exclude<Kind, 'pattern'>
  name: string
  /** About how many entries a stream keeps; undefined: all. */
  maxlen: number | undefined
}

export function commandOf({ kind, name, maxlen }: SinkOptions): CommandOf {
  const [before, after = ''] = name.split('*')
  switch (kind) {
    case 'stream': {
      const head = ['XADD', name, ...(maxlen === undefined ? [] : ['MAXLEN', '~', `${maxlen}`]), '*']
      return (message) => [...head, ...fieldsOf(message)]
    }
    case 'list':
      return ({ value }) =>
        value === null ? 'a list has no room for a record without a value' : ['RPUSH', name, value]
    case 'channel':
      return ({ value }) => (value === null ? 'a channel takes no record without a value' : ['PUBLISH', name, value])
    case 'hash':
      return byKey((key, value) => (value === null ? ['HDEL', name, key] : ['HSET', name, key, value]))
    case 'keys':
      return byKey((key, value) => {
        const full = Buffer.concat([Buffer.from(before!), key, Buffer.from(after)])
        return value === null ? ['DEL', full] : ['SET', full, value]
      })
  }
}

function byKey(command: (key: Buffer, value: Buffer | null) => Command): CommandOf {
  return ({ key, value }) => (key === null ? 'the record has no key' : command(key, value))
}

export class RedisSink implements EndpointSink {
  readonly #client: RedisClient
  readonly #commandOf: CommandOf

  constructor(client: RedisClient, commandOf: CommandOf) {
    this.#client = client
    this.#commandOf = commandOf
  }

  async write(messages: readonly Message[]): Promise<Rejected[]> {
    const commands: Command[] = []
    const rejected: Rejected[] = []
    for (const [index, message] of messages.entries()) {
      const command = this.#commandOf(message)
      if (typeof command === 'string') rejected.push({ index, reason: command })
      else commands.push(command)
    }
    await this.#client.call(commands)
    return rejected
  }

  async close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}
