import { describe, expect, test } from '@jest/globals'
import { type Given, parserFor, print, printText, random, read, readAll } from './records.js'

const format = 'csv'

describe('output', () => {
  test('a header line and the fields of the record', async () => {
    expect(await printText({ format }, [{ key: 'k', value: 'v' }])).toBe(
      'topic,partition,offset,timestamp,key,value\nt,0,0,1700000000000,k,v\n'
    )
    expect(await printText({ format: 'tsv', header: false }, [{ key: 'k', value: 'v' }])).toBe(
      't\t0\t0\t1700000000000\tk\tv\n'
    )
  })

  test.each([
    ['plain', 'plain'],
    ['with space ', 'with space '],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['"', '""""'],
    ['line\nfeed', '"line\nfeed"'],
    ['cr\r', '"cr\r"'],
    ['tab\t', 'tab\t'],
    ['', '""'],
    ['ünï', 'ünï']
  ])('%j is quoted as %j', async (value, cell) => {
    expect(await printText({ format, fields: ['value'], header: false }, [{ value }])).toBe(`${cell}\n`)
  })

  test('tsv quotes for tabs, not for commas', async () => {
    const given = [{ key: 'a,b', value: 'a\tb' }]
    expect(await printText({ format: 'tsv', fields: ['key', 'value'], header: false }, given)).toBe('a,b\t"a\tb"\n')
  })

  test('null prints nothing, an empty string ""', async () => {
    expect(
      await printText({ format, fields: ['key', 'value'], header: false }, [
        { key: '', value: null },
        { key: null, value: '' }
      ])
    ).toBe('"",\n,""\n')
  })

  test('bytes that are not UTF-8 pass', async () => {
    const value = Buffer.from([0xff, 0x00, 0xc3])
    expect(await print({ format, fields: ['value'], header: false }, [{ value }])).toEqual(
      Buffer.concat([value, Buffer.from('\n')])
    )
  })

  test('fields of JSON, headers, and other forms', async () => {
    const given: Given[] = [
      {
        key: Buffer.from([0, 0, 0, 7]),
        value: '{"user":{"id":12345678901234567890,"name":"A \\"B\\", C"},"l":[1, 2],"n":null}',
        headers: [
          ['h', 'x'],
          ['h', 'y,z']
        ]
      },
      { key: null, value: null }
    ]
    const fields = [
      'key',
      'value.user.id',
      'value.user.name',
      'value.l',
      'value.n',
      'value.none',
      'headers.h',
      'headers.none',
      'headers'
    ]
    expect(await printText({ format, fields, keyAs: 'int32' }, given)).toBe(
      [
        'key,value.user.id,value.user.name,value.l,value.n,value.none,headers.h,headers.none,headers',
        '7,12345678901234567890,"A ""B"", C","[1,2]",,,"y,z",,"[[""h"",""x""],[""h"",""y,z""]]"',
        ',,,,,,,,[]',
        ''
      ].join('\n')
    )
  })

  test('another delimiter ends the rows, and is quoted for', async () => {
    expect(
      await printText({ format, fields: ['key', 'value'], delimiter: Buffer.from(';') }, [{ key: 'a;b', value: 'c' }])
    ).toBe('key,value;"a;b",c;')
    expect(await printText({ format, fields: ['value'], delimiter: Buffer.from('\r\n') }, [{ value: 'c' }])).toBe(
      'value\r\nc\r\n'
    )
  })

  test('what cannot be decoded is named', async () => {
    await expect(print({ format, fields: ['value.a'] }, [{ value: '{' }])).rejects.toThrow(
      'the value of t [0] at offset 0 is not JSON'
    )
    await expect(print({ format, fields: ['key'], keyAs: 'int32' }, [{ key: 'abc' }])).rejects.toThrow(
      'is not 4 bytes of int32'
    )
    await expect(print({ format, fields: ['value.a'] }, [{ value: '{"a":"\\ud800"}' }])).rejects.toThrow(
      'half of a surrogate pair'
    )
  })
})

describe('input', () => {
  test('the row as a JSON object, where no column is chosen', async () => {
    expect(await read({ format }, 'id,name\n1,"A ""B"", C"\n2,\n')).toEqual([
      '{"id":"1","name":"A \\"B\\", C"}',
      '{"id":"2","name":""}'
    ])
  })

  test('columns chosen for key, value and timestamp', async () => {
    const parser = await parserFor({ format, keyField: 'id', valueField: 'name', timestampField: 'at' })
    expect(readAll(parser, 'at,id,name\n1700000000000,1,x\n2023-11-14T22:13:20Z,,y\n,"",\n')).toMatchObject([
      { key: Buffer.from('1'), value: Buffer.from('x'), timestamp: 1700000000000n, line: 2 },
      { key: null, value: Buffer.from('y'), timestamp: 1700000000000n, line: 3 },
      { key: Buffer.from(''), value: Buffer.from(''), timestamp: -1n, line: 4 }
    ])
  })

  test('-Z: an empty cell is a null value, a quoted one is not', async () => {
    expect(await read({ format, valueField: 'v', emptyIsNull: true }, 'v,w\n,1\n"",2\n')).toEqual(['-', ''])
    expect(await read({ format, valueField: 'v' }, 'v,w\n,1\n"",2\n')).toEqual(['', ''])
  })

  test.each([
    ['\\r\\n', 'a,b\r\n1,2\r\n"3","4"\r\n'],
    ['no newline at the end', 'a,b\n1,2\n3,4'],
    ['no newline after a quoted cell', 'a,b\n1,2\n3,"4"'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
    ['blank lines', 'a,b\n\n1,2\n\r\n3,4\n\n'],
    ['quoted names', '"a","b"\n1,2\n3,4\n']
  ])('%s', async (_name, text) => {
    for (const piece of [Infinity, 7, 1]) {
      expect(await read({ format, keyField: 'a', valueField: 'b' }, text, piece)).toEqual(['1=2', '3=4'])
    }
  })

  test('line feeds within cells count as lines', async () => {
    const outcomes = readAll(
      await parserFor({ format, columns: ['a', 'b'], header: false }),
      '"1\n\n2",x\ny,z\n1,2,3\n'
    )
    expect(
      outcomes.map((outcome) => (outcome instanceof Error ? (outcome as { place?: object }).place : outcome.line))
    ).toEqual([1, 4, { line: 5 }])
  })

  test('one column: a blank line is an empty cell', async () => {
    expect(await read({ format, valueField: 'v' }, 'v\nx\n\ny\n')).toEqual(['x', '', 'y'])
  })

  test('columns instead of a header line', async () => {
    expect(await read({ format, columns: ['k', 'v'], header: false, keyField: 'k', valueField: 'v' }, '1,2\n')).toEqual(
      ['1=2']
    )
  })

  test('tsv, and another delimiter', async () => {
    expect(await read({ format: 'tsv', keyField: 'a', valueField: 'b' }, 'a\tb\n1,5\t"x\ty"\n')).toEqual(['1,5=x\ty'])
    const delimiter = Buffer.from('||')
    for (const piece of [Infinity, 3, 1]) {
      expect(await read({ format, delimiter, valueField: 'b' }, 'a,b||1,x|y||2,"q||""r"||3,z', piece)).toEqual([
        'x|y',
        'q||"r',
        'z'
      ])
    }
  })

  test('forms', async () => {
    const parser = await parserFor({ format, keyField: 'k', valueField: 'v', keyAs: 'int32', valueAs: 'hex' })
    const [good, bad] = readAll(parser, 'k,v\n7,"6162"\nx,00\n')
    expect(good).toMatchObject({ key: Buffer.from([0, 0, 0, 7]), value: Buffer.from('ab') })
    expect(bad).toMatchObject({ message: 'the key is not int32: "x"', place: { line: 3 } })
  })

  test('names of the columns of records are taken for what they are', async () => {
    const parser = await parserFor({ format })
    expect(readAll(parser, 'offset,key,value,partition,headers\n5,k,v,3,"[[""h"",""1""]]"\n6,,v,,\n')).toMatchObject([
      { key: Buffer.from('k'), value: Buffer.from('v'), partition: 3, headers: [[Buffer.from('h'), Buffer.from('1')]] },
      { key: null, value: Buffer.from('v'), partition: -1, headers: [] }
    ])
    expect(await read({ format }, 'key,amount\nk,1\n')).toEqual(['{"key":"k","amount":"1"}'])
    expect(await read({ format }, 'key,partition\nk,1\n')).toEqual(['{"key":"k","partition":"1"}'])
  })
})

describe('input that is wrong', () => {
  const errors = async (text: string, options: object = {}, piece = Infinity): Promise<(string | number)[]> =>
    readAll(await parserFor({ format, ...options }), text, piece).map((outcome) =>
      outcome instanceof Error
        ? `${(outcome as { place?: { line?: number } }).place?.line}: ${outcome.message}`
        : outcome.line
    )

  test('is named with its line, and the rows after it are read', async () => {
    const text = 'a,b\n1,2\n1\n1,2,3\n"x"y,2\nx"y,2\n1,"\n2"\n5,6\n'
    const expected = [
      2,
      '3: the row has 1 cell, but there are 2 columns',
      '4: the row has 3 cells, but there are 2 columns',
      '5: cell 1 goes on after its closing quote',
      '6: cell 1 has a quote in it, but is not quoted',
      7,
      9
    ]
    for (const piece of [Infinity, 5, 1]) expect(await errors(text, {}, piece)).toEqual(expected)
  })

  test('a quote that is never closed', async () => {
    for (const piece of [Infinity, 1]) {
      expect(await errors('a,b\n1,2\n3,"4\n5,6\n', {}, piece)).toEqual([2, '3: a quoted cell is never closed'])
    }
  })

  test('a header line that does not name the columns makes every row a bad one', async () => {
    const rest = (line: number): string => `${line}: the row has no columns`
    expect(await errors('a,a\n1,2\n3,4\n')).toEqual(["1: two columns are named 'a'", rest(2), rest(3)])
    expect(await errors('id,name\n1,2\n', { keyField: 'idd' })).toEqual([
      "1: there is no column 'idd' for --key-field",
      rest(2)
    ])
    expect(await errors('"a"b\n1,2\n')).toEqual(['1: cell 1 goes on after its closing quote', rest(2)])
    await expect(parserFor({ format, columns: ['a'], header: false, valueField: 'b' })).rejects.toThrow(
      "there is no column 'b'"
    )
  })

  test('cells that cannot be what they are taken for', async () => {
    expect(await errors('v,t\nx,soon\n', { timestampField: 't' })).toEqual(['2: "soon" is no timestamp'])
    expect(await errors('value,partition\nx,-2\ny,1.5\n')).toEqual([
      '2: "-2" is no partition',
      '3: "1.5" is no partition'
    ])
    expect(await errors('value,headers\nx,"[[1,2]]"\ny,[\nz,{}\n')).toEqual([
      '2: the row has a header that is neither a string, null nor {"base64": "…"}',
      "3: the column 'headers' is not JSON (it ends too early)",
      '4: the row has headers that are no list of [name, value]'
    ])
    const parser = await parserFor({ format })
    expect(readAll(parser, Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xff, 0x2c, 0x0a]))).toMatchObject([
      { message: "the column 'a' is not UTF-8" }
    ])
  })
})

test('what consume prints, produce reads: csv and tsv, in pieces of any size', async () => {
  const below = random(7)
  const pieces = ['a', '"', ',', '\t', '\n', '\r', '\r\n', ' ', 'é', '\0', '\xff']
  const bytes = (): Buffer =>
    Buffer.from(Array.from({ length: below(6) }, () => pieces[below(pieces.length)]!).join(''), 'latin1')
  for (let round = 0; round < 60; round++) {
    const given: Given[] = Array.from({ length: 1 + below(20) }, () => ({
      partition: below(5),
      timestamp: below(3) ? 1700000000000 + below(1000) : -1,
      key: below(4) ? bytes() : null,
      value: below(4) ? bytes() : null,
      headers: Array.from({ length: below(3) }, () => [bytes(), below(3) ? bytes() : null])
    }))
    for (const format of ['csv', 'tsv']) {
      const fields = ['topic', 'partition', 'offset', 'timestamp', 'headers', 'key', 'value']
      const text = await print({ format, fields }, given)
      const parser = await parserFor({ format, emptyIsNull: true })
      const outcomes = readAll(parser, text, 1 + below(100))
      expect(outcomes).toMatchObject(
        given.map(({ partition, timestamp, key, value, headers }) => ({
          partition,
          timestamp: BigInt(timestamp!),
          key,
          value,
          headers
        }))
      )
    }
  }
})
