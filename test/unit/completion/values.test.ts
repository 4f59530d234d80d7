import { expect, test } from '@jest/globals'
import { type Lookups, valuesOf } from '../../../src/completion/values.js'

const named = (...values: string[]) => values.map((value) => ({ value, description: '' }))
const lookups: Lookups = {
  topics: (servers) => Promise.resolve(named(servers === undefined ? 'orders' : `orders-of-${servers}`)),
  groups: () => Promise.resolve(named('billing')),
  profiles: () => Promise.resolve(named('prod'))
}
const values = async (syntax: string, text = ''): Promise<string[]> =>
  (await valuesOf(syntax, text, lookups)).candidates.map(({ value }) => value)

test.each<[syntax: string, text: string, expected: string[]]>([
  ['earliest|latest|none', '', ['earliest', 'latest', 'none']],
  ['auto[:5s]|checkpoint|exit|none', '', ['auto', 'checkpoint', 'exit', 'none']],
  ['default|round-robin|N|field:NAME', '', ['default', 'round-robin', 'field:']],
  ['default|round-robin|N|field:NAME', 'field:', []],
  ['end|OFFSETS|watermark:TIME', '', ['end', 'earliest', 'latest', 'group', '@', 'watermark:']],
  ['all|1|0', '', ['all', '1', '0']],
  ['TOPIC[:0,1]', '', ['orders']],
  ['GROUP', '', ['billing']],
  ['PROFILE', '', ['prod']],
  ['TIME', '', []],
  ['', '', []],
  ['SOURCE', 'kafka:o', ['kafka:orders']],
  ['SINK', 'kafka://a:1,b:2/o', ['kafka://a:1,b:2/orders-of-a:1,b:2']],
  ['fail|skip|dead-letter:SINK', '', ['fail', 'skip', 'dead-letter:']],
  ['fail|skip|dead-letter:SINK', 'dead-letter:kafka:', ['dead-letter:kafka:orders']]
])('%s, %s', async (syntax, text, expected) => expect(await values(syntax, text)).toEqual(expected))

test('a source is not a sink', async () => {
  expect(await values('SOURCE')).toEqual(expect.arrayContaining(['-', 'kafka:', 'elements:', 'stdin:', 'tcp:']))
  expect(await values('SINK')).toEqual(expect.arrayContaining(['-', 'kafka:', 'stdout:', 'tcp-listen:']))
  expect(await values('SOURCE')).not.toContain('stdout:')
  expect(await values('SINK')).not.toContain('elements:')
})

test.each([
  ['FILE', '', 'files', ''],
  ['FILE.html', '', 'files', ''],
  ['DIR', '', 'folders', ''],
  ['SINK', 'out', 'files', ''],
  ['SOURCE', 'file:out', 'files', 'file:'],
  ['fail|dead-letter:SINK', 'dead-letter:out', 'files', 'dead-letter:'],
  ['fail|dead-letter:SINK', 'dead-letter:unix:/x', 'files', 'dead-letter:unix:']
])('%s, %s: names of %s', async (syntax, text, kind, prefix) =>
  expect((await valuesOf(syntax, text, lookups)).paths).toEqual({ kind, prefix })
)
