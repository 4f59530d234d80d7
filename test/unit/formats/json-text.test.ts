import { describe, expect, test } from '@jest/globals'
import { readJsonString, writeJsonString } from '../../../src/formats/json-text.js'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import { random } from './records.js'

/** The JSON string of bytes in the middle of others; null where they are not UTF-8. */
function written(content: Buffer): string | null {
  const bytes = Buffer.concat([Buffer.from('é"'), content, Buffer.from('\x80"é')])
  const out = new ByteWriter(1)
  out.text('<')
  const good = writeJsonString(bytes, 3, 3 + content.length, out)
  if (!good && out.length !== 1) throw new Error('something was appended')
  return good ? out.view().toString().slice(1) : null
}

function readBack(json: string): Buffer | null {
  const bytes = Buffer.from(json)
  const out = new ByteWriter(1)
  out.text('<')
  return readJsonString(bytes, 1, bytes.length - 1, out) ? Buffer.from(out.view().subarray(1)) : null
}

const alphabets = [
  'abcdefghij',
  'ab"\\',
  Array.from({ length: 128 }, (_, i) => String.fromCharCode(i)).join(''),
  'aé漢😀\u07ff\u0800\uffff\u{10000}\u{10ffff}\ud7ff\ue000'
].map((text) => [...text])

function randomText(below: (limit: number) => number): string {
  const length = below(80)
  return Array.from({ length }, () => {
    const alphabet = alphabets[below(alphabets.length)]!
    return alphabet[below(alphabet.length)]!
  }).join('')
}

describe('writing', () => {
  test('is JSON.stringify, for text', () => {
    const below = random(3)
    for (let i = 0; i < 5_000; i++) {
      const text = randomText(below)
      if (written(Buffer.from(text)) !== JSON.stringify(text)) throw new Error(JSON.stringify(text))
    }
  })

  test.each([15, 16, 31, 32, 33, 63, 64, 65, 127])('every place of a special byte in %d', (length) => {
    for (let at = 0; at < length; at++) {
      for (const special of ['"', '\\', '\n', '\x01', '\x1f', '\x7f', 'é']) {
        const text = 'x'.repeat(at) + special + 'y'.repeat(length - at - 1)
        if (written(Buffer.from(text)) !== JSON.stringify(text)) throw new Error(JSON.stringify(text))
      }
    }
  })

  test('long text, with sequences across the places where room is made', () => {
    for (const lead of ['', 'x', 'xy', 'xyz']) {
      const text = lead + '😀'.repeat(20_000) + '\x01'.repeat(20_000)
      expect(written(Buffer.from(text)) === JSON.stringify(text)).toBe(true)
    }
  })

  const invalid: [string, number[]][] = [
    ['a lone continuation', [0x80]],
    ['overlong, two bytes', [0xc0, 0xaf]],
    ['overlong, two bytes', [0xc1, 0xbf]],
    ['overlong, three bytes', [0xe0, 0x9f, 0xbf]],
    ['overlong, four bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['a high surrogate', [0xed, 0xa0, 0x80]],
    ['a low surrogate', [0xed, 0xbf, 0xbf]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['no such first byte', [0xf5, 0x80, 0x80, 0x80]],
    ['0xff', [0xff]],
    ['a lone continuation', [0x9f]],
    ['cut off, two bytes', [0xc3]],
    ['cut off, three bytes', [0xe6, 0xbc]],
    ['cut off, four bytes', [0xf0, 0x9f, 0x98]],
    ['no continuation', [0xe6, 0x41, 0xa2]],
    ['no second continuation', [0xe6, 0xbc, 0x41]],
    ['no third continuation', [0xf0, 0x9f, 0x98, 0x41]]
  ]
  test.each(invalid)('not UTF-8: %s', (_name, bytes) => {
    expect(written(Buffer.from(bytes))).toBeNull()
    for (const lead of [40, 41, 42, 43]) {
      expect(written(Buffer.concat([Buffer.alloc(lead, 'x'), Buffer.from(bytes), Buffer.alloc(40, 'x')]))).toBeNull()
    }
  })

  test('it agrees with TextDecoder about what is UTF-8', () => {
    const below = random(4)
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const interesting = [
      0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef
    ].concat([0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff])
    for (let i = 0; i < 20_000; i++) {
      const bytes = Buffer.from(Array.from({ length: 1 + below(5) }, () => interesting[below(interesting.length)]!))
      let text: string | null
      try {
        text = decoder.decode(bytes)
      } catch {
        text = null
      }
      if (written(bytes) !== (text === null ? null : JSON.stringify(text))) throw new Error(bytes.toString('hex'))
    }
  })
})

describe('reading', () => {
  test('gives the bytes that were written, however they were escaped', () => {
    const below = random(5)
    for (let i = 0; i < 5_000; i++) {
      const text = randomText(below)
      const escaped = Array.from({ length: text.length }, (_, at) => {
        const code = text.charCodeAt(at)
        return `\\u${code.toString(16)[below(2) ? 'toUpperCase' : 'toLowerCase']().padStart(4, '0')}`
      })
      for (const json of [JSON.stringify(text), `"${escaped.join('')}"`]) {
        if (!readBack(json)?.equals(Buffer.from(text))) throw new Error(json)
      }
    }
    expect(readBack('"\\"\\\\\\/\\b\\f\\n\\r\\t"')).toEqual(Buffer.from('"\\/\b\f\n\r\t'))
  })

  test.each([
    '\\ud800',
    '\\ud800x',
    '\\udc00',
    '\\ud800\\ud800',
    '\\ud83d\\u0041',
    '\\ud83d\\ue000',
    '\\ud83d\\n12345'
  ])('half of a surrogate pair has no bytes: %s', (text) => {
    expect(readBack(`"${text}"`)).toBeNull()
  })
})
