import { describe, expect, test } from '@jest/globals'
import { type EndpointUri, parseEndpointUri } from '../../../src/cli/endpoint-uri.js'

/** Scheme, authority and address, and the options as they were given. */
function parts(text: string): [string, ...unknown[]] {
  const { scheme, authority, address, options, text: typed } = parseEndpointUri(text)
  expect(typed).toBe(text)
  return authority === undefined ? [scheme, address, ...options] : [scheme, authority, address, ...options]
}

describe('what an endpoint is', () => {
  test.each<[string, EndpointUri['scheme'], string]>([
    ['kafka:orders', 'kafka', 'orders'],
    ['kafka:orders,returns', 'kafka', 'orders,returns'],
    ['file:out.csv', 'file', 'out.csv'],
    ['file:/tmp/a:b', 'file', '/tmp/a:b'],
    ['out.csv', 'file', 'out.csv'],
    ['/tmp/out.csv', 'file', '/tmp/out.csv'],
    ['./a:b', 'file', './a:b'],
    ['C:\\out.csv', 'file', 'C:\\out.csv'],
    ['-', 'stdio', ''],
    ['stdin:', 'stdin', ''],
    ['stdout:', 'stdout', ''],
    ['stderr:', 'stderr', ''],
    ['elements:a,b,c', 'elements', 'a,b,c'],
    ['sequence:1:1000', 'sequence', '1:1000'],
    ['kafka:', 'kafka', '']
  ])('%s', (text, scheme, address) => {
    expect(parts(text)).toEqual([scheme, address])
  })

  test.each([
    ['kafka://host:9092/orders', 'host:9092', 'orders'],
    ['kafka://a:1,b:2/orders', 'a:1,b:2', 'orders'],
    ['kafka://[::1]:9092/orders', '[::1]:9092', 'orders'],
    ['kafka://host:9092', 'host:9092', '']
  ])('another cluster: %s', (text, authority, address) => {
    expect(parts(text)).toEqual(['kafka', authority, address])
  })
})

describe('options', () => {
  test('stand behind a question mark, in their order, repeated too', () => {
    expect(parts('kafka:t?from=earliest&exit&header=a=b&header=c')).toEqual([
      ...['kafka', 't'],
      ...[['from', 'earliest'], ['exit', undefined], ['header', 'a=b'], ['header', 'c']] // prettier-ignore
    ])
    expect(parts('kafka://h:1/t?until=@2024-03-01T12:00:00Z')).toEqual([
      ...['kafka', 'h:1', 't', ['until', '@2024-03-01T12:00:00Z']]
    ])
    expect(parts('-?format=jsonl')).toEqual(['stdio', '', ['format', 'jsonl']])
    expect(parts('out?mode=')).toEqual(['file', 'out', ['mode', '']])
    expect(parts('out?')).toEqual(['file', 'out'])
  })

  test('a question mark with anything else behind it belongs to the name', () => {
    expect(parts('log-?.txt')).toEqual(['file', 'log-?.txt'])
    expect(parts('log-?.txt?format=csv')).toEqual(['file', 'log-?.txt', ['format', 'csv']])
  })

  test('percent-encoding is decoded in them and behind a scheme, and a plus is a plus', () => {
    expect(parts('out?delimiter=%26%0A&format=%25t+%25s')).toEqual([
      ...['file', 'out', ['delimiter', '&\n'], ['format', '%t+%s']]
    ])
    expect(parts('file:a%3Fformat=csv')).toEqual(['file', 'a?format=csv'])
    expect(parts('elements:%C3%A9,+')).toEqual(['elements', 'é,+'])
    // A path is a path.
    expect(parts('100%.txt')).toEqual(['file', '100%.txt'])
    expect(() => parts('-?format=%s')).toThrow("'-?format=%s' has a percent sign that is no encoding")
  })
})

test('of a URL they stand behind a number sign: all before it is for its server', () => {
  expect(parts('https://h/a?poll=5&b=%20')).toEqual(['module', '//h/a?poll=5&b=%20'])
  expect(parts('http://h/a?b=1#poll=5s&header=a:b%26c')).toEqual([
    ...['module', '//h/a?b=1', ['poll', '5s'], ['header', 'a:b&c']]
  ])
  expect(parts('http://h/#')).toEqual(['module', '//h/'])
  expect(parts('a#b?format=csv')).toEqual(['file', 'a#b', ['format', 'csv']])
})

test.each([
  ['kafak:orders', "there are no endpoints of the kind 'kafak:': did you mean kafka:?"],
  ['Kafka:orders', "there are no endpoints of the kind 'Kafka:': did you mean kafka:?"],
  ['gopher://host/path', /^there are no endpoints of the kind 'gopher:': use one of kafka, .*; a file .* file:gopher:/],
  ['', "'' is no endpoint: write kafka:TOPIC, a file, or -"],
  ['?format=csv', "'?format=csv' is no endpoint: write kafka:TOPIC, a file, or -"]
])('%s is none', (text, line) => {
  const check = typeof line === 'string' ? expect.stringContaining(line) : expect.stringMatching(line)
  try {
    parseEndpointUri(text)
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2, line: check })
    return
  }
  throw new Error('it was taken')
})
