import { expect, test } from '@jest/globals'
import { exactText, parseExact } from '../../../src/flow/exact-json.js'

test('what is read is what was written, whole numbers as bigints with all their digits', () => {
  const last = 2n ** 63n - 1n
  const value = { a: [last, -last, 0.5, -1e300, true, null, 'x"\n'], b: {}, c: [], 'd"': Object.create(null) as object }
  expect(parseExact(exactText(value))).toEqual({ ...value, 'd"': {} })
  expect(parseExact(exactText(7))).toBe(7n)
})

test.each([[undefined], [NaN], [Infinity], [() => 1], [new Date(0)], [new Map()], [Buffer.from('x')], [[undefined]]])(
  '%p is no JSON',
  (value) => {
    expect(() => exactText(value)).toThrow('is no JSON')
  }
)
