import { describe, expect, test } from '@jest/globals'
import type { FailedError } from '../../../src/errors.js'
import { parseOffsets } from '../../../src/jobs/offsets-file.js'

const parse = (text: string, group: string | null = 'g'): string[] =>
  parseOffsets(Buffer.from(text), 'f', group).map(
    (row) => `${row.line}: ${row.group} ${row.topic} ${row.partition} ${row.offset}`
  )

function failure(text: string, group: string | null = 'g'): FailedError {
  try {
    parse(text, group)
  } catch (error) {
    return error as FailedError
  }
  throw new Error('it was read')
}

describe('rows', () => {
  test.each([
    ['of one group', 't,0,1\nt,1,2\n', ['1: g t 0 1', '2: g t 1 2']],
    ['of a group that they name', 'g,t,0,1\n', ['1: g t 0 1']],
    ['without a last newline', 't,0,1', ['1: g t 0 1']],
    ['after a header', 'topic,partition,offset\nt,0,1\n', ['2: g t 0 1']],
    ['after a wide header in capitals', 'GROUP,TOPIC,PARTITION,OFFSET\ng,t,0,1\n', ['2: g t 0 1']],
    ['of a topic that is called so', 'topic,0,1\n', ['1: g topic 0 1']],
    ['between blank lines', '\n\nt,0,1\n \n\nt,1,2\n\n', ['3: g t 0 1', '6: g t 1 2']],
    ['with CRLF and a byte order mark', '\ufefft,0,1\r\nt,1,2\r\n', ['1: g t 0 1', '2: g t 1 2']],
    ['with quotes and spaces', '"t", 0 ,1\n', ['1: g t 0 1']],
    ['with the largest offset', 't,2147483647,9223372036854775807\n', ['1: g t 2147483647 9223372036854775807']]
  ])('%s', (_, text, expected) => {
    expect(parse(text)).toEqual(expected)
  })

  test('of several groups, whose names may hold anything', () => {
    expect(parse('a,t,0,1\n"b,""c""\nd",t,0,2\ne,t,0,3\n', null)).toEqual([
      '1: a t 0 1',
      '2: b,"c"\nd t 0 2',
      '4: e t 0 3'
    ])
  })
})

describe('what is wrong stands with its line', () => {
  test.each([
    ['t,0,1\nt,0\n', 'f:2: 2 columns where 3 belong'],
    ['t,0,1\ng,t,1,1\n', 'f:2: 4 columns where 3 belong'],
    ['t 0 1\n', 'f:1: 1 column where 3 or 4 belong'],
    ['t,0,1\ntopic,partition,offset\n', "f:2: 'partition' is no partition"],
    ['t,x,1\n', "f:1: 'x' is no partition"],
    ['t,0,\n', "f:1: '' is no offset"],
    ['t,0,-2\n', "f:1: '-2' is no offset"],
    ['t,0,1.5\n', "f:1: '1.5' is no offset"],
    ['t,2147483648,1\n', 'f:1: partition 2147483648 is too large'],
    ['t,0,9223372036854775808\n', 'f:1: offset 9223372036854775808 is too large'],
    ['a b,0,1\n', "f:1: 'a b' is no topic"],
    [',0,1\n', "f:1: '' is no topic"],
    ['t,0,1\n\nt,0,2\n', 'f:3: t [0] stands in line 1 already'],
    ['h,t,0,1\n', 'f:1: these are offsets of group "h", not "g"'],
    ['t,"0,1\n', 'f:1: a quoted cell is never closed'],
    ['', 'there are no offsets in f'],
    ['topic,partition,offset\n\n', 'there are no offsets in f']
  ])('%j', (text, message) => {
    expect(failure(text).message).toBe(message)
    expect(failure(text).place.file).toBe('f')
  })

  test('where no group is named', () => {
    expect(failure('t,0,1\n', null).line).toBe('f:1: there is no group in it: name the group before the file')
    expect(failure(',t,0,1\n', null).message).toBe('f:1: the group is empty')
  })
})
