import { describe, expect, test } from '@jest/globals'
import { JsonPaths } from '../../../src/formats/json-paths.js'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import { randomDocument } from './json-documents.js'
import { random } from './records.js'

/** The JSON text at each path; undefined where there is nothing. */
function found(paths: string[], text: string): (string | undefined)[] {
  const bytes = Buffer.from(`[${text}]`)
  const finder = new JsonPaths(paths.map((path) => (path === '' ? [] : path.split('.'))))
  expect(finder.find(bytes, 1, bytes.length - 1)).toBeUndefined()
  return paths.map((_, i) => {
    if (finder.starts[i]! < 0) return undefined
    const out = new ByteWriter(1)
    finder.writeJson(i, bytes, out)
    return out.view().toString()
  })
}

function textAt(path: string, text: string): string {
  const bytes = Buffer.from(text)
  const finder = new JsonPaths([path.split('.')])
  const out = new ByteWriter(1)
  const problem = finder.find(bytes, 0, bytes.length) ?? finder.writeText(0, bytes, out)
  return problem ?? out.view().toString()
}

describe('finding', () => {
  const document = '{"user": {"id": 12345678901234567890, "tags": ["x", {"y": [true]}]}, "0": "zero", "": {"": 1}}'

  test('members, items, whole values, and what is not there', () => {
    expect(found(['user.id', 'user.tags.1.y.0', 'user.tags.0', 'user.tags', '0', '.', ''], document)).toEqual([
      '12345678901234567890',
      'true',
      '"x"',
      '["x",{"y":[true]}]',
      '"zero"',
      '1',
      document.replaceAll(/([:,]) /g, '$1')
    ])
    expect(
      found(['user.name', 'user.tags.2', 'user.tags.01', 'user.tags.-1', 'user.id.x', 'constructor'], document)
    ).toEqual(Array(6).fill(undefined))
  })

  test('the same path twice, and a path within another', () => {
    expect(found(['a', 'a.b', 'a.b', 'a'], '{"a":{"b":1}}')).toEqual(['{"b":1}', '1', '1', '{"b":1}'])
  })

  test('of a member that is there twice the last counts, with all that is in it', () => {
    expect(found(['a.b', 'a'], '{"a":{"b":1},"a":{"c":2}}')).toEqual([undefined, '{"c":2}'])
    expect(found(['a.b'], '{"a":{"b":1},"a":3}')).toEqual([undefined])
  })

  test('names are compared as text, however they are written', () => {
    expect(found(['é', 'a"b', '__proto__'], '{"\\u00e9":1,"a\\"b":2,"__proto__":3}')).toEqual(['1', '2', '3'])
  })

  test('it agrees with JSON.parse', () => {
    const below = random(6)
    const names = ['a', 'b', 'user', 'id', '0', '1', 'é', 'quote"', 'tab\t', '']
    for (let i = 0; i < 2_000; i++) {
      const text = randomDocument(below, 5)
      const paths = Array.from({ length: 1 + below(4) }, () =>
        Array.from({ length: 1 + below(3) }, () => names[below(names.length)]!)
      )
      const bytes = Buffer.from(text)
      const finder = new JsonPaths(paths)
      expect(finder.find(bytes, 0, bytes.length)).toBeUndefined()
      paths.forEach((path, at) => {
        const expected = path.reduce<unknown>(
          (value, name) =>
            value !== null && typeof value === 'object' && Object.hasOwn(value, name)
              ? (value as Record<string, unknown>)[name]
              : undefined,
          JSON.parse(text)
        )
        const start = finder.starts[at]!
        expect(start < 0 ? undefined : JSON.parse(bytes.toString('utf8', start, finder.ends[at]))).toEqual(expected)
        expect(finder.isNull(at, bytes)).toBe(expected === undefined || expected === null)
      })
    }
  })
})

describe('text', () => {
  test('of strings is theirs, of all else the JSON on one line', () => {
    const document = '{"s":"a\\n\\"é\\u00e9","p":"plain","n":1.50,"o":{ "x" :\n[1, 2] },"e":""}'
    expect(['s', 'p', 'n', 'o', 'e', 'o.x'].map((path) => textAt(path, document))).toEqual([
      'a\n"éé',
      'plain',
      '1.50',
      '{"x":[1,2]}',
      '',
      '[1,2]'
    ])
  })

  test('what is wrong is said', () => {
    expect(textAt('a', '{"a":"\\ud800"}')).toBe('holds half of a surrogate pair')
    expect(textAt('a', '{"a":1,}')).toBe("is not JSON (unexpected '}' at byte 8)")
    expect(textAt('a', '')).toBe('is not JSON (it is empty)')
    expect(textAt('a', '{"a":1} x')).toBe("is not JSON (unexpected 'x' at byte 9)")
  })
})
