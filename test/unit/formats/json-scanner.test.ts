import { describe, expect, test } from '@jest/globals'
import { ARRAY, OBJECT } from '../../../src/formats/json-grammar.js'
import { JsonScanner, writeCompact } from '../../../src/formats/json-scanner.js'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import { mutate, randomDocument } from './json-documents.js'
import { random } from './records.js'

const scanner = new JsonScanner()

/** Scans the text in the middle of other bytes; returns what is wrong. */
function problem(text: string | Buffer): string | undefined {
  const bytes = Buffer.concat([Buffer.from('[1'), Buffer.from(text as string), Buffer.from('1]"')])
  scanner.reset(bytes, 2, bytes.length - 3)
  scanner.value()
  return scanner.finish() ? undefined : scanner.problem(2)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(strict.decode(bytes))
    return true
  } catch {
    return false
  }
}

describe('what is JSON', () => {
  const good = [
    '0',
    '-0',
    '-1.5e+10',
    '""',
    '"\\u00e9\\n\\/"',
    'true',
    '[]',
    '{}',
    '[[],{}]',
    ' [ 1 , {"a" : [ ] } ]\n'
  ]
  test.each(good)('%j is', (text) => {
    expect(problem(text)).toBeUndefined()
  })

  const bad: [string, string][] = [
    ['', 'is not JSON (it is empty)'],
    [' ', 'is not JSON (it ends too early)'],
    ['{"a":1', 'is not JSON (it ends too early)'],
    ['[1,]', "is not JSON (unexpected ']' at byte 4)"],
    ['{"a":1,}', "is not JSON (unexpected '}' at byte 8)"],
    ['{a:1}', "is not JSON (unexpected 'a' at byte 2)"],
    ['[1 2]', "is not JSON (unexpected '2' at byte 4)"],
    ['01', "is not JSON (unexpected '1' at byte 2)"],
    ['1.', 'is not JSON (it ends too early)'],
    ['-', 'is not JSON (it ends too early)'],
    ['+1', "is not JSON (unexpected '+' at byte 1)"],
    ['1e', 'is not JSON (it ends too early)'],
    ['tru', 'is not JSON (it ends too early)'],
    ['nulL', "is not JSON (unexpected 'L' at byte 4)"],
    ['NaN', "is not JSON (unexpected 'N' at byte 1)"],
    ['"\\x"', "is not JSON (unexpected '\\' at byte 2)"],
    ['"\\u12g4"', "is not JSON (unexpected '\\' at byte 2)"],
    ['"a\nb"', 'is not JSON (unexpected 0x0a at byte 3)'],
    ["'a'", "is not JSON (unexpected ''' at byte 1)"],
    ['[1}', "is not JSON (unexpected '}' at byte 3)"],
    ['{"a":1]', "is not JSON (unexpected ']' at byte 7)"],
    ['{"a":1 "b"}', `is not JSON (unexpected '"' at byte 8)`],
    ['1 1', "is not JSON (unexpected '1' at byte 3)"],
    ['\ufeff1', 'is not JSON (unexpected 0xef at byte 1)']
  ]
  test.each(bad)('%j is not', (text, message) => {
    expect(problem(text)).toBe(message)
  })

  test('bytes that are not UTF-8 are not', () => {
    expect(problem(Buffer.from([0x22, 0xff, 0x22]))).toBe('is not JSON (unexpected 0xff at byte 2)')
    expect(problem(Buffer.from([0x22, 0xc3, 0x22]))).toBe('is not JSON (unexpected 0xc3 at byte 2)')
  })

  test('depth is bounded by memory alone', () => {
    const depth = 200_000
    expect(problem('['.repeat(depth) + ']'.repeat(depth))).toBeUndefined()
    expect(problem('[{"a":'.repeat(depth))).toBe('is not JSON (it ends too early)')
  })

  test('it agrees with JSON.parse about documents, whole and damaged', () => {
    const below = random(1)
    for (let i = 0; i < 20_000; i++) {
      let bytes: Buffer = Buffer.from(randomDocument(below))
      for (let damage = below(3); damage > 0; damage--) bytes = mutate(bytes, below)
      if ((problem(bytes) === undefined) !== isJson(bytes))
        throw new Error(`disagrees: ${JSON.stringify(String(bytes))}`)
    }
  })
})

test('steps into what is asked for and passes over the rest', () => {
  const bytes = Buffer.from(' { "a" : [ 1 , [2] , {"x":3} ] , "b" : {} , "c\\n" :"d" } ')
  scanner.reset(bytes, 0, bytes.length)
  const text = (start: number, end: number): string => bytes.toString('utf8', start, end)
  const seen: string[] = []
  expect(scanner.enter(ARRAY)).toBe(false)
  expect(scanner.enter(OBJECT)).toBe(true)
  while (scanner.more(OBJECT) && scanner.name()) {
    const name = text(scanner.nameStart, scanner.nameEnd)
    if (scanner.enter(ARRAY)) {
      while (scanner.more(ARRAY) && scanner.value()) seen.push(`${name}[]=${text(scanner.valueStart, scanner.at)}`)
    } else if (scanner.value()) {
      seen.push(`${name}=${text(scanner.valueStart, scanner.at)} ${scanner.nameEscaped}`)
    }
  }
  expect(scanner.finish()).toBe(true)
  expect(seen).toEqual(['a[]=1', 'a[]=[2]', 'a[]={"x":3}', 'b={} false', 'c\\n="d" true'])
})

test('an error within what was stepped into stays', () => {
  const bytes = Buffer.from('{"a":[1,x],"b":2}')
  scanner.reset(bytes, 0, bytes.length)
  scanner.enter(OBJECT)
  scanner.more(OBJECT)
  scanner.name()
  scanner.enter(ARRAY)
  while (scanner.more(ARRAY)) scanner.value()
  expect(scanner.failed).toBe(true)
  expect([scanner.more(OBJECT), scanner.name(), scanner.value(), scanner.enter(ARRAY), scanner.finish()]).toEqual(
    Array(5).fill(false)
  )
  expect(scanner.problem(0)).toBe("is not JSON (unexpected 'x' at byte 9)")
})

test('compact text means the same, has no white space between tokens and keeps all digits', () => {
  const below = random(2)
  for (let i = 0; i < 2_000; i++) {
    const bytes = Buffer.from(randomDocument(below))
    const out = new ByteWriter(1)
    writeCompact(bytes, 0, bytes.length, out)
    const compact = out.view().toString()
    expect(JSON.parse(compact)).toEqual(JSON.parse(bytes.toString()))
    expect(compact.replace(/"(\\.|[^"\\])*"/g, '')).not.toMatch(/\s/)
    expect(compact.match(/12345678901234567890/g)).toEqual(bytes.toString().match(/12345678901234567890/g))
  }
})
