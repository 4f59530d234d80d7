// The queue of queue-server.ts as an endpoint: at least once as a source, and by id, so idempotent, as a sink.
import { setTimeout as delay } from 'node:timers/promises'

const options = {
  url: { type: 'string', required: true, isPlace: true, description: 'where the queue is' },
  token: { type: 'string', secret: 'QUEUE_TOKEN', description: 'shown to nobody' },
  fail: { type: 'boolean', description: 'fail with the token in the message' }
}

/** Tries again while the queue is away. */
function caller({ options: { url }, signal, notice }) {
  let isAway = false
  return async (path, body) => {
    for (;;) {
      try {
        const response = await fetch(`${url}/${path}`, { method: 'POST', body: JSON.stringify(body) })
        const text = await response.text()
        if (isAway) notice('is there again')
        isAway = false
        return text === '' ? null : JSON.parse(text)
      } catch {
        if (!isAway) notice('is away')
        isAway = true
        await delay(20, undefined, { signal })
      }
    }
  }
}

export const source = {
  options: { ...options, window: { type: 'number', default: 100, min: 1, max: 1000, description: 'prefetch' } },
  delivery: () => 'at-least-once',
  async open(context) {
    const { window } = context.options
    const call = caller(context)
    await call('open', null)
    return {
      window,
      async read(signal) {
        const { entries, next } = await call('take', { most: 10, window })
        if (entries.length === 0) await delay(10, undefined, { signal })
        const messages = entries.map(({ id, value }) => ({ key: Buffer.from(id), value: Buffer.from(value) }))
        return { messages, position: next, idle: entries.length === 0 }
      },
      acknowledge: (position) => call('acknowledge', position),
      close: async () => undefined
    }
  }
}

export const sink = {
  options,
  delivery({ options: { url } }) {
    if (!url.startsWith('http')) throw new Error(`'${url}' is no URL`)
    return 'idempotent'
  },
  async open(context) {
    const { token, fail } = context.options
    if (fail) throw new Error(`cannot log in with ${token}`)
    const call = caller(context)
    return {
      batch: { messages: 100, bytes: 50_000 },
      concurrency: 2,
      async write(messages) {
        const at = ({ topic, partition, offset }) => `${topic}-${partition}-${offset}`
        const entries = messages.map((message) => ({ id: at(message), value: String(message.value) }))
        const isBad = (value) => value === 'bad'
        const rejected = entries.flatMap(({ value }, index) => (isBad(value) ? [{ index, reason: 'it is bad' }] : []))
        await call('put', entries.filter(({ value }) => !isBad(value))) // prettier-ignore
        return rejected
      },
      close: async () => undefined
    }
  }
}
