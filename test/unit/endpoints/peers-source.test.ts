// Text of many peers that connect to us: their records are never mixed, and none of them ends the others.
import { expect, test } from '@jest/globals'
import { PeersSource } from '../../../src/endpoints/peers-source.js'
import { createParser } from '../../../src/formats/index.js'
import { connectTo } from '../../support/peers.js'
import { until } from '../../support/long-runs.js'
import { lines } from './line-options.js'
import { plainOf } from './list-records.js'

/** A source that is read until `stop()`. */
class Running {
  readonly values: string[] = []
  readonly notices: string[] = []
  readonly source: PeersSource
  readonly #controller = new AbortController()
  readonly done: Promise<void>

  constructor() {
    const address = { name: 'tcp-listen://127.0.0.1:0', at: { host: '127.0.0.1', port: 0 } }
    const notice = (text: string): unknown => this.notices.push(text)
    const options = { address, notice, verbose: () => undefined }
    this.source = new PeersSource(options, () => createParser(lines))
    this.done = this.#read()
  }

  async port(): Promise<number> {
    await until(() => this.notices.length > 0)
    return Number(/^listening on 127\.0\.0\.1:(\d+)$/.exec(this.notices.shift()!)![1])
  }

  async #read(): Promise<void> {
    for (;;) {
      const records = await this.source.read(this.#controller.signal)
      if (!records) return
      while (records.next()) this.values.push(plainOf(records).value!)
    }
  }

  async stop(): Promise<void> {
    this.#controller.abort()
    await this.done
    await this.source.close()
  }
}

test('lines of many peers, in pieces, stay whole and in their order', async () => {
  const running = new Running()
  const port = await running.port()
  const peers = await Promise.all(Array.from({ length: 50 }, () => connectTo({ port })))
  for (let round = 0; round < 20; round++) {
    for (const [i, { socket }] of peers.entries()) {
      socket.write(`${round} of`)
      await new Promise((resolve) => socket.write(` ${i}\n`, resolve))
    }
  }
  // The last line of a peer that ends needs no newline.
  for (const [i, { socket }] of peers.entries()) socket.end(`end of ${i}`)
  await until(() => running.values.length === 50 * 21)
  for (let i = 0; i < peers.length; i++) {
    const own = running.values.filter((value) => value.endsWith(` of ${i}`))
    expect(own).toEqual([...Array.from({ length: 20 }, (_, round) => `${round} of ${i}`), `end of ${i}`])
  }
  expect(running.notices).toEqual([])
  await running.stop()
})

test('a peer that breaks off is dropped with a notice, its whole lines kept; others go on', async () => {
  const running = new Running()
  const port = await running.port()
  const [one, other] = [await connectTo({ port }), await connectTo({ port })]
  one.socket.write('whole\ncut')
  await until(() => running.values.length === 1)
  one.socket.resetAndDestroy()
  await until(() => running.notices.length > 0)
  other.socket.write('still there\n')
  await until(() => running.values.length === 2)
  expect(running.values).toEqual(['whole', 'still there'])
  expect(running.notices[0]).toMatch(
    /^cannot read 127\.0\.0\.1:\d+ at tcp-listen:\/\/127\.0\.0\.1:0: the other side broke the connection: dropped$/
  )
  await running.stop()
})

test('a source that is not read holds its peers back', async () => {
  const notices: string[] = []
  const address = { name: 'tcp-listen://127.0.0.1:0', at: { host: '127.0.0.1', port: 0 } }
  const notice = (text: string): unknown => notices.push(text)
  const source = new PeersSource({ address, notice, verbose: () => undefined }, () => createParser(lines))
  const controller = new AbortController()
  const first = source.read(controller.signal)
  await until(() => notices.length > 0)
  const { socket } = await connectTo({ port: Number(/:(\d+)$/.exec(notices[0]!)![1]) })
  const total = 32 << 20
  let taken = false
  socket.write(Buffer.alloc(total, 'line of sixteen\n'), () => (taken = true))
  let count = 0
  for (let records = await first; count < 1; records = await source.read(controller.signal)) {
    while (records!.next()) count++
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(taken).toBe(false)
  while (count < total / 16) {
    const records = await source.read(controller.signal)
    while (records!.next()) count++
  }
  expect(count).toBe(total / 16)
  controller.abort()
  await source.close()
})
