// What a listening source does with its agents: whom it answers when, and what it holds of them.
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { duplexPair } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Connection } from '../../../src/connectors/flume/connection.js'
import { framed } from '../../../src/connectors/flume/frames.js'
import { FlumeSource } from '../../../src/connectors/flume/source.js'
import { type AvroEvent, type Calls, callsOn } from '../../support/flume-caller.js'

const event = (value: string): AvroEvent => ({ headers: {}, body: Buffer.from(value) })
const never = new AbortController().signal

let source: FlumeSource
let port: number
let sockets: Socket[]

beforeEach(async () => {
  sockets = []
  let said = ''
  const told = { notice: (text: string) => void (said += text), verbose: () => undefined }
  const options = { host: '127.0.0.1', port: 0, keyHeader: 'key', compression: 'none' } as const
  source = await FlumeSource.open(options, told)
  port = Number(/^listening on port (\d+)$/.exec(said)![1])
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await source.close()
})

async function agent(): Promise<{ calls: Calls; socket: Socket }> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  return { calls: callsOn(socket), socket }
}
/** What it is answered; `answers` has the name of each that was. */
function send({ calls }: { calls: Calls }, values: string[], answers: string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    calls.appendBatch(values.map(event), (error, status) => {
      answers.push(...values)
      return error ? reject(error) : resolve(status)
    })
  })
}
async function read(): Promise<{ values: string[]; position: unknown }> {
  const { messages, position } = (await source.read(never))!
  return { values: messages.map(({ value }) => String(value)), position }
}

test('each agent is answered when what it sent is acknowledged, and not before', async () => {
  const answers: string[] = []
  const [one, other] = [await agent(), await agent()]
  const first = send(one, ['1', '2'], answers)
  const { values, position } = await read()
  expect(values).toEqual(['1', '2'])
  const second = send(other, ['3'], answers)
  const after = await read()
  expect(after.values).toEqual(['3'])
  expect(answers).toEqual([])
  await source.acknowledge(position)
  expect(await first).toBe('OK')
  expect(answers).toEqual(['1', '2'])
  await source.acknowledge(after.position)
  expect(await second).toBe('OK')
})

test('an acknowledgement holds for all before it', async () => {
  const sent = [send(await agent(), ['1'])]
  await read()
  sent.push(send(await agent(), ['2']))
  await source.acknowledge((await read()).position)
  expect(await Promise.all(sent)).toEqual(['OK', 'OK'])
})

test('a call with one event, and one with none', async () => {
  const one = await agent()
  expect(await send(one, [])).toBe('OK')
  const answered = new Promise((resolve) => one.calls.append(event('1'), (_, status) => resolve(status)))
  const { values, position } = await read()
  expect(values).toEqual(['1'])
  await source.acknowledge(position)
  expect(await answered).toBe('OK')
})

test('what an agent sent that is gone meanwhile is left to come again', async () => {
  const gone = await agent()
  const lost = send(gone, ['lost'])
  lost.catch(() => undefined)
  const stays = await agent()
  // Its answer says that the call before it has arrived.
  expect(await send(stays, [])).toBe('OK')
  gone.socket.destroy()
  await once(gone.socket, 'close')
  expect(await send(await agent(), [])).toBe('OK')
  void send(stays, ['kept']).catch(() => undefined)
  expect((await read()).values).toEqual(['kept'])
})

test('of one that sends without waiting for answers, no more is taken than it was asked for', async () => {
  const COUNT = 100
  const [near, far] = duplexPair()
  const connection = new Connection(far as Socket, 'none')
  for (let serial = 0; serial < COUNT; serial++) near.write(framed({ serial, payload: Buffer.alloc(100_000) }))
  for (let serial = 0; serial < COUNT; serial++) {
    expect((await connection.next()).serial).toBe(serial)
    for (let turns = 0; turns < 10; turns++) await turn()
    expect(near.writableLength).toBeGreaterThan((COUNT - serial - 5) * 100_000)
  }
})
