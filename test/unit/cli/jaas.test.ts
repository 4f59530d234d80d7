import { expect, test } from '@jest/globals'
import { parseJaas } from '../../../src/cli/jaas.js'

const parse = (value: string): unknown => {
  const { name, options } = parseJaas({ key: 'sasl.jaas.config', value, source: 'f', line: 7 })
  return { name, options }
}
const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule'

test.each([
  [`${plain} required username="alice" password="a \\"b\\" = ; c";`, { username: 'alice', password: 'a "b" = ; c' }],
  [`${plain} required\n  username='alice'\n  password=secret;`, { username: 'alice', password: 'secret' }],
  [`${plain} required username="alice" password=""`, { username: 'alice', password: '' }],
  [`${plain} REQUIRED ;`, {}]
])('%s', (text, options) => expect(parse(text)).toEqual({ name: 'PlainLoginModule', options }))

test.each([
  '',
  'PlainLoginModule',
  `${plain} required username=`,
  `${plain} required username="a" hunter2 password="b";`
])('what cannot be read is refused without being shown: %s', (text) => {
  expect(() => parse(text)).toThrow('f, line 7: sasl.jaas.config cannot be read')
  try {
    parse(text)
  } catch (error) {
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2')
  }
})
