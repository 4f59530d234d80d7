import { describe, expect, test } from '@jest/globals'
import { type Property, expandEnvironment, parseProperties, place } from '../../../src/cli/properties.js'
import { UsageError } from '../../../src/errors.js'

const values = (text: string): Record<string, string> =>
  Object.fromEntries([...parseProperties(text, 'f')].map(([name, { value }]) => [name, value]))

describe("a Java client's .properties", () => {
  test('separators, comments, blank lines, trimming', () => {
    expect(values('# c\n! d\n\n a=1\nb : 2\nc 3\r\nd=  4  \n\te\t=\t5\nf\ng=x=y:z')).toEqual({
      ...{ a: '1', b: '2', c: '3', d: '4', e: '5', f: '', g: 'x=y:z' }
    })
  })

  test('any character, and names that JavaScript has a meaning for', () => {
    expect(values('a=x\u2028y\nb\u2029=1')).toEqual({ a: 'x\u2028y', b: '1' })
    expect([...parseProperties('constructor=1\n__proto__=2', 'f').keys()]).toEqual(['constructor', '__proto__'])
  })

  test('escapes and continued lines', () => {
    expect(values('a\\ b\\=c=1\nd=\\u00e9\\t|\\q\ne=one, \\\n   two, \\\n\tthree\nf=end\\\\\ng=last\\')).toEqual({
      ...{ 'a b=c': '1', d: 'é\t|q', e: 'one, two, three', f: 'end\\', g: 'last' }
    })
  })

  test('lines are counted as the file has them', () => {
    const properties = parseProperties('# c\r\na=1\\\r\n2\r\n\r\nb=3', 'client.properties')
    expect(place(properties.get('a')!)).toBe('client.properties, line 2')
    expect(place(properties.get('b')!)).toBe('client.properties, line 5')
  })

  test('the last of the same name wins', () => expect(values('a=1\na=2')).toEqual({ a: '2' }))
})

describe("kcat's configuration", () => {
  test('takes a backslash as it is, and has Java names here', () => {
    const text =
      '# c\nmetadata.broker.list = h:1\n sasl.mechanisms=PLAIN\nsasl.password=a\\b=c:d#e\nsocket.timeout.ms=5\n'
    expect(values(text)).toEqual({
      'bootstrap.servers': 'h:1',
      'sasl.mechanism': 'PLAIN',
      'sasl.password': 'a\\b=c:d#e',
      'request.timeout.ms': '5'
    })
  })

  test('says which line it cannot read', () => {
    expect(() => parseProperties('sasl.username=a\nnonsense', 'kcat.conf')).toThrow(/^kcat\.conf, line 2: .*'='/)
  })
})

test('two names for one thing that differ contradict each other', () => {
  expect(() => parseProperties('bootstrap.servers=a:1\n\nmetadata.broker.list=b:1', 'f')).toThrow(
    'f, line 3: metadata.broker.list contradicts bootstrap.servers (f, line 1)'
  )
  expect(values('bootstrap.servers=a:1\nmetadata.broker.list=a:1')).toEqual({ 'bootstrap.servers': 'a:1' })
})

test('the environment is named by ${env:NAME}', () => {
  const property: Property = { key: 'sasl.password', value: 'x${env:A}y${env:B}', source: '-X', line: undefined }
  expect(expandEnvironment(property, { A: '1', B: '' }).value).toBe('x1y')
  expect(() => expandEnvironment(property, { A: '1' })).toThrow(UsageError)
  expect(() => expandEnvironment(property, { A: '1' })).toThrow('-X: B is not in the environment')
})
