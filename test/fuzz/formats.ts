/**
 * Fuzzes every parser with damaged input in pieces of random sizes: whatever arrives, a parser throws FailedError or gives
 * records whose ranges lie in their buffers, consumes no more than it was fed, and comes to an end. What it gives does not
 * depend on where the input was cut.
 */
import { isDeepStrictEqual } from 'node:util'
import { FailedError } from '../../src/errors.js'
import type { ParserOptions } from '../../src/formats/index.js'
import { mutate, randomDocument } from '../unit/formats/json-documents.js'
import { type Outcome, parserFor, readAll } from '../unit/formats/records.js'
import { type Fuzzer, oneOf } from './fuzzer.js'

interface Kind {
  options: Partial<ParserOptions>
  /** Inputs that are right; they are damaged from there. */
  samples: string[]
}

const envelope =
  '{"topic":"t","partition":1,"offset":5,"timestamp":1700000000000,"headers":[["h","1"],["n",null],[{"base64":"/w=="},{"base64":"AA=="}]],"key":"k","value":"{\\"a\\":\\"\\\\u00e9\\"}"}\n' +
  '{"key_base64":"/w==","value_base64":"AP8=","headers":["a","1","b",null],"ts":9223372036854775807}\n{"value":null,"key":[1,{}]}\n'
const csv =
  'key,value,timestamp,headers\r\nk,"a ""b"", c\nd",1700000000000,"[[""h"",""1""]]"\r\n,,2023-11-14T22:13:20Z,\r\n"","",,[]\n'
const document = '{"k":{"id":"a\\n"},"v":[1.5e3,{"x":null}],"t":"2023-11-14"}\n{"k":{"id":7},"v":"x","t":12}\n'
const bytes = (text: string): Buffer => Buffer.from(text)

const kinds: Kind[] = [
  { options: { keyDelimiter: bytes(':') }, samples: ['k:v\n\nnokey\n:v\nlast', ''] },
  { options: { delimiter: bytes('::'), keyDelimiter: bytes(':a'), emptyIsNull: true }, samples: ['k:av::b:::ac'] },
  { options: { delimiter: bytes(''), valueAs: 'hex' }, samples: ['00ff'] },
  { options: { keyDelimiter: bytes(','), keyAs: 'int64', valueAs: 'base64' }, samples: ['1,AP8=\n-5,\n'] },
  {
    options: { keyDelimiter: bytes(' '), keyAs: 'uuid', valueAs: 'float64' },
    samples: ['123e4567-e89b-12d3-a456-426614174000 1.5\n']
  },
  { options: { format: 'jsonl' }, samples: [document] },
  { options: { format: 'jsonl', keyField: 'k.id', valueField: 'v', timestampField: 't' }, samples: [document] },
  {
    options: { format: 'jsonl', keyField: 'k', keyAs: 'json', valueField: 'v', valueAs: 'int32' },
    samples: [document]
  },
  { options: { format: 'csv' }, samples: [csv, 'a,b\n1,"2"\n'] },
  {
    options: { format: 'csv', delimiter: bytes('|x'), columns: ['a', 'b'], header: false },
    samples: ['1,2|x"3|x","4"|x']
  },
  {
    options: { format: 'tsv', keyField: 'a', timestampField: 'b', emptyIsNull: true },
    samples: ['a\tb\n1\t2\n"\t"\t\n']
  },
  { options: { format: 'envelope' }, samples: [envelope] },
  { options: { format: 'envelope', keyAs: 'json', valueAs: 'json' }, samples: [envelope] },
  { options: { format: 'length-prefixed' }, samples: ['\0\0\0\x03abc\0\0\0\0\xff\xff\xff\xff\0\0\0\x01x'] },
  { options: { format: 'file', emptyIsNull: true }, samples: ['a\nb', ''] }
]

export const formatsFuzzer: Fuzzer = {
  name: 'formats',
  cases: 800_000,
  next(below) {
    const { options, samples } = oneOf(kinds, below)
    let input: Buffer = Buffer.from(oneOf(samples, below), 'latin1')
    if (options.format === 'jsonl' && below(2) === 0) input = Buffer.from(randomDocument(below))
    for (let damage = below(6); damage > 0; damage--) input = mutate(input, below)
    const piece = 1 + below(input.length + 1)
    return {
      input,
      about: `${JSON.stringify(options)} in pieces of ${piece}`,
      async check() {
        const whole = await outcomesOf(options, input, Infinity)
        const cut = await outcomesOf(options, input, piece)
        if (!isDeepStrictEqual(whole, cut)) throw new Error('it depends on where the input is cut')
      }
    }
  }
}

async function outcomesOf(options: Partial<ParserOptions>, input: Buffer, piece: number): Promise<unknown[]> {
  const outcomes = readAll(await parserFor(options), input, piece)
  // A record takes at least a byte, and so does an error; a last record may be empty.
  if (outcomes.length > input.length + 1) throw new Error(`${outcomes.length} records of ${input.length} bytes`)
  // Of what follows a wrong length there is an error for each piece.
  return outcomes.map(comparable).filter((outcome) => !/has no beginning/.test(String(outcome)))
}

function comparable(outcome: Outcome): unknown {
  if (!(outcome instanceof Error)) return outcome
  if (!(outcome instanceof FailedError)) throw outcome
  return [outcome.message, outcome.place]
}
