/**
 * Fuzzes the decoder of every response, in each version: one that is made up is read as it was meant, to its last byte,
 * and one that is damaged after that is read as something, or refused by the reader for running out of bytes. A list never
 * gets longer than the bytes that are there.
 */
import { readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { Reader } from '../../src/kafka/reader.js'
import type { Api } from '../../src/kafka/request.js'
import { damagedBytes, EXTREMES } from './damage.js'
import { type Below, type Fuzzer, oneOf } from './fuzzer.js'
import { integer, Invention, type Made, uvarint } from './invention.js'

type AnyApi = Api<never, object>

/** What the reader says of bytes that are no response; `Connection` says which of whom. */
export const REFUSALS =
  /^(the response ends too early|an array of .* cannot be in here|a varint is longer than 5 bytes)$/

export async function responsesFuzzer(): Promise<Fuzzer> {
  const apis: AnyApi[] = []
  for (const file of readdirSync(new URL('../../src/kafka/requests/', import.meta.url))) {
    const module = (await import(`../../src/kafka/requests/${file.replace(/\.ts$/, '.js')}`)) as Record<string, unknown>
    for (const each of Object.values(module)) if (each instanceof Object && 'decode' in each) apis.push(each as AnyApi)
  }
  const versions = apis.flatMap((api) => {
    const [lowest, highest] = api.versions
    return Array.from({ length: highest - lowest + 1 }, (_, i) => ({ api, version: lowest + i }))
  })
  return {
    name: 'responses',
    cases: 5_500_000,
    next(below) {
      const { api, version } = oneOf(versions, below)
      const flexible = version >= (api.flexibleFrom ?? Infinity)
      const invention = new Invention(flexible, below)
      const meant = api.decode(invention, version)
      const { made } = invention
      const isDamaged = below(4) > 0
      const input = isDamaged ? damaged(made, flexible, below) : bytesOf(made)
      const check = (): void => (isDamaged ? survives(api, version, input) : reads(api, version, input, meant))
      return { input, about: `${api.name} v${version}`, check }
    }
  }
}

function bytesOf(made: readonly Made[]): Buffer {
  return Buffer.concat(made.map(({ bytes }) => bytes))
}

function readerFor({ flexibleFrom = Infinity }: AnyApi, version: number, bytes: Buffer): CountingReader {
  return new CountingReader(bytes, version >= flexibleFrom)
}

function reads(api: AnyApi, version: number, bytes: Buffer, meant: object): void {
  const reader = readerFor(api, version, bytes)
  const read = api.decode(reader, version)
  // A fetch response holds its own bytes.
  if (!isDeepStrictEqual({ ...read, bytes: null }, { ...meant, bytes: null })) throw new Error('it is read as another')
  if (reader.at !== bytes.length) throw new Error(`it is read to ${reader.at} of ${bytes.length}`)
}

function survives(api: AnyApi, version: number, bytes: Buffer): void {
  const reader = readerFor(api, version, bytes)
  try {
    api.decode(reader, version)
  } catch (error) {
    if (!(error instanceof RangeError) || !REFUSALS.test(error.message)) throw error
  }
  if (reader.at > bytes.length) throw new Error('it is read beyond its end')
  if (reader.elements > bytes.length) throw new Error(`there are ${reader.elements} elements in ${bytes.length} bytes`)
}

class CountingReader extends Reader {
  elements = 0

  override array<T>(element: (from: this) => T): T[] {
    return super.array((from) => {
      this.elements++
      return element(from)
    })
  }
}

/** Fields changed, dropped, doubled, exchanged, or their bytes damaged. */
function damaged(made: readonly Made[], flexible: boolean, below: Below): Buffer {
  const fields = [...made]
  for (let left = 1 + below(3); left > 0; left--) {
    const at = below(fields.length)
    const { kind, bytes } = fields[at] ?? { kind: 'plain', bytes: Buffer.alloc(0) }
    switch (below(6)) {
      case 0:
        fields.splice(at, 1)
        break
      case 1:
        fields.splice(at, 0, oneOf(made, below))
        break
      case 2: {
        const other = below(fields.length)
        ;[fields[at], fields[other]] = [fields[other]!, fields[at]!]
        break
      }
      case 3:
        fields[at] = { kind, bytes: damagedBytes(bytes, 0, below) }
        break
      default: {
        const lengths = fields.flatMap((field, index) => (field.kind === 'length' ? [index] : []))
        const index = lengths.length > 0 ? oneOf(lengths, below) : at
        fields[index] = { kind: 'length', bytes: wrongLength(fields[index]!.bytes.length, flexible, below) }
      }
    }
    if (fields.length === 0) break
  }
  const bytes = bytesOf(fields)
  return below(3) === 0 ? damagedBytes(bytes, 0, below) : bytes
}

function wrongLength(size: number, flexible: boolean, below: Below): Buffer {
  if (!flexible) return integer(oneOf(EXTREMES, below), Math.max(size, 1))
  // The last one is longer than any may be.
  if (below(8) === 0) return Buffer.from('ffffffffffff', 'hex')
  return uvarint(oneOf([0, 1, 2, 3, 127, 128, 300, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 35 - 1], below))
}
