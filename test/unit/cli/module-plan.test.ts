import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { planSink, planSource, requireExactlyOnce } from '../../../src/cli/endpoint-plan.js'
import { parseEndpointUri } from '../../../src/cli/endpoint-uri.js'
import { planModuleSink, planModuleSource } from '../../../src/cli/module-plan.js'
import type { EndpointModule } from '../../../src/endpoint-module.js'

const folder = mkdtempSync(join(tmpdir(), 'modules-'))
afterAll(() => rmSync(folder, { recursive: true }))

const never = (): never => {
  throw new Error('it was opened')
}
const options = {
  text: { type: 'string', required: true, isPlace: true, description: 'd' },
  count: { type: 'number', default: 5, min: 1, max: 9, description: 'd' },
  every: { type: 'duration', default: 1000, description: 'd' },
  most: { type: 'size', description: 'd' },
  loud: { type: 'boolean', default: true, description: 'd' },
  form: { type: ['a', 'b'], default: 'b', description: 'd' },
  token: { type: 'string', secret: 'MODULE_TEST_TOKEN', description: 'd' },
  header: { type: 'string', multiple: true, secret: 'MODULE_TEST_HEADER', description: 'd' }
} as const
const module: EndpointModule = {
  source: {
    options,
    delivery: ({ options: { text } }) => {
      if (text === 'wrong') throw new Error('the text is wrong')
      return 'resumable'
    },
    open: never
  },
  sink: { delivery: () => 'transactional', open: never }
}
const planned = (query: string): ReturnType<typeof planModuleSource> =>
  planModuleSource(parseEndpointUri(`./x.mjs?${query}`), module)

test('options are read as they are said to be', async () => {
  const { endpoint } = await planned('text=t')
  expect(endpoint).toEqual({
    ...{ name: './x.mjs?text=t', address: '' },
    options: { text: 't', count: 5, every: 1000, loud: true, form: 'b' }
  })
  const all = await planned('text=a%26b&count=9&every=2s&most=1MB&loud=false&form=a&token=x')
  expect(all.endpoint.options).toEqual({
    ...{ text: 'a&b', count: 9, every: 2000, most: 1_000_000, loud: false, form: 'a', token: 'x' }
  })
})

test.each([
  ['count=5', 'x.mjs?count=5: the option text is missing: write ?text=VALUE'],
  ['text=t&count=10', "count: '10' does not fit: give a whole number from 1 to 9"],
  ['text=t&count=x', "count: 'x' does not fit"],
  ['text=t&every=5', "every: '5' is not a duration"],
  ['text=t&most=x', "most: 'x' is not a size"],
  ['text=t&loud=maybe', "loud: 'maybe' is neither true nor false"],
  ['text=t&form=c', "form: 'c' is none of a, b"],
  ['text=t&text=u', 'text is given twice'],
  ['text=t&more=1', "there is no option 'more' here: it takes text, count"],
  ['text=wrong', 'x.mjs?text=wrong: the text is wrong']
])('%s is wrong usage', async (query, line) => {
  await expect(planned(query)).rejects.toMatchObject({ exitCode: 2, line: expect.stringContaining(line) })
})

test('what is secret is in no text', async () => {
  process.env['MODULE_TEST_TOKEN'] = 'from-environment'
  expect(await planned('text=t')).toMatchObject({ endpoint: { options: { token: 'from-environment' } }, secrets: ['from-environment'] }) // prettier-ignore
  delete process.env['MODULE_TEST_TOKEN']
  const { endpoint, secrets, place } = await planned('token=geheim&text=t')
  expect(endpoint).toMatchObject({ name: './x.mjs?token=***&text=t', options: { token: 'geheim' } })
  expect([secrets[0], place]).toEqual(['geheim', expect.stringMatching(/\/x\.mjs\?text=t$/)])
  await expect(planned('token=geheim&more=1')).rejects.toMatchObject({
    line: expect.stringContaining('token=***&more')
  })
})

test('an option that may be given more than once is a list, from the environment too', async () => {
  const { endpoint, secrets } = await planned('header=a:geheim&text=t&header=b:auch')
  expect(endpoint).toMatchObject({ name: './x.mjs?header=***&text=t&header=***' })
  expect([endpoint.options['header'], secrets.includes('b:auch')]).toEqual([['a:geheim', 'b:auch'], true])
  process.env['MODULE_TEST_HEADER'] = 'c:d'
  const inherited = await planned('text=t')
  delete process.env['MODULE_TEST_HEADER']
  expect([inherited.endpoint.options['header'], inherited.secrets]).toEqual([['c:d'], ['c:d']])
})

test('a sink keeps a checkpoint where exactly-once is asked for', async () => {
  const uri = parseEndpointUri('x.mjs')
  expect(await planModuleSink(uri, null, module)).toMatchObject({ delivery: 'transactional', checkpoint: null })
  expect(await planModuleSink(uri, 'c', module)).toMatchObject({ checkpoint: join(process.cwd(), 'c') })
})

describe('a file', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const flags = { delivery: 'at-least-once' } as const
  const clusters = { own: {}, other: never } as never
  const plain = file('plain.mjs', "export const sink = { delivery: () => 'at-least-once' }")
  const queue = file('queue.mjs', "export const source = { delivery: () => 'at-least-once' }")

  test('that is no source, no sink, or not what is asked of it', async () => {
    const wrong = (line: string): unknown =>
      expect.objectContaining({ exitCode: 2, line: expect.stringContaining(line) })
    const [from, to] = [parseEndpointUri(queue), parseEndpointUri(plain)]
    await expect(planSource(to, clusters, flags)).rejects.toEqual(wrong('plain.mjs is no source'))
    await expect(planSink(from, clusters, flags)).rejects.toEqual(wrong('queue.mjs is no sink'))
    const empty = parseEndpointUri(file('empty.mjs', 'export const other = 1'))
    await expect(planSink(empty, clusters, flags)).rejects.toEqual(wrong('empty.mjs is no endpoint'))
    await expect(planSource(from, clusters, { ...flags, checkpoint: 'c' })).rejects.toEqual(wrong('needs a source that can be gone on with')) // prettier-ignore
    await expect(planSource(parseEndpointUri('no.mjs'), clusters, flags)).rejects.toEqual(
      wrong('no.mjs: there is no such module')
    )
    const broken = parseEndpointUri(file('broken.mjs', 'export const source ='))
    await expect(planSource(broken, clusters, flags)).rejects.toMatchObject({ exitCode: 1, line: expect.stringContaining('broken.mjs cannot be loaded') }) // prettier-ignore
    const once = { delivery: 'exactly-once', checkpoint: 'c' } as const
    const elements = parseEndpointUri('elements:a')
    const [source, sink] = [await planSource(elements, clusters, once), await planSink(to, clusters, once)]
    expect(() => requireExactlyOnce(elements, to, source, sink, once)).toThrow(wrong('plain.mjs cannot be taken back'))
    expect(() => requireExactlyOnce(from, to, { ...source, kind: 'module', delivery: 'at-least-once' } as never, sink, once)).toThrow(wrong('queue.mjs cannot be gone on with')) // prettier-ignore
  })
})
