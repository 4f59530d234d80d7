import { get } from 'node:http'
import { expect, test } from '@jest/globals'
import { shared, startLagServer } from '../../../src/jobs/lag-server.js'

test('who asks while work is under way gets the next result, and all of them the same one', async () => {
  const pending: ((error?: Error) => void)[] = []
  let started = 0
  const ask = shared(() => {
    const count = ++started
    return new Promise<number>((resolve, reject) => pending.push((error) => (error ? reject(error) : resolve(count))))
  })
  const first = ask()
  const others = Promise.all([ask(), ask(), ask()])
  expect(started).toBe(1)
  pending[0]!()
  expect(await first).toBe(1)
  pending[1]!()
  expect(await others).toEqual([2, 2, 2])

  const failed = ask()
  const later = ask()
  pending[2]!(new Error('away'))
  await expect(failed).rejects.toThrow('away')
  pending[3]!()
  expect(await later).toBe(4)
  void ask()
  expect(started).toBe(5)
})

test.each<[listen: string, host: string, status: number]>([
  ['127.0.0.1', '127.0.0.1:9308', 200],
  ['127.0.0.1', 'localhost:1', 200],
  ['127.0.0.1', 'lag.localhost', 200],
  ['127.0.0.1', '[::1]:9308', 200],
  ['127.0.0.1', 'evil.example:9308', 403],
  ['127.0.0.1', '127.0.0.1.evil.example', 403],
  ['127.0.0.1', 'localhost.evil.example', 403],
  // Who listens for others is found under names that are not known here.
  ['0.0.0.0', 'lag.monitoring.svc:9308', 200]
])('listening on %s it answers as %p: %d', async (listen, host, status) => {
  const history = (): never => ({}) as never
  const server = await startLagServer({
    listen: { host: listen, port: 0 },
    read: () => Promise.reject(new Error()),
    history
  })
  const { port } = new URL(server.url)
  try {
    const found = await new Promise((resolve, reject) =>
      get({ host: '127.0.0.1', port, path: '/history.json', headers: { host } }, ({ statusCode }) =>
        resolve(statusCode)
      ).on('error', reject)
    )
    expect(found).toBe(status)
  } finally {
    server.close()
  }
})
