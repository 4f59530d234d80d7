/** Random JSON documents, as values and as text with white space, escapes and repeated names, for property tests. */

type Random = (limit: number) => number

const names = ['a', 'b', 'user', 'id', '0', '1', 'é', 'quote"', 'tab\t', '']
const strings = [
  '',
  'plain',
  'with "quotes"',
  'back\\slash',
  'line\nfeed',
  'ünï',
  '漢字',
  '😀',
  '\u0000\u001f\u007f',
  '/'
]
const numbers = ['0', '-0', '12', '-3.5', '1e3', '1E-2', '12345678901234567890', '0.10']

/** JSON text of a random document. */
export function randomDocument(random: Random, depth = 4): string {
  const space = (): string => ['', '', '', ' ', '\n\t', '\r '][random(6)]!
  const pick = <T>(list: T[]): T => list[random(list.length)]!
  const quote = (text: string): string => {
    const plain = JSON.stringify(text)
    if (random(3) > 0) return plain
    return `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
  }
  const kind = random(depth > 0 ? 8 : 5)
  if (kind === 0) return pick(['true', 'false', 'null'])
  if (kind < 3) return pick(numbers)
  if (kind < 5) return quote(pick(strings))
  const items = Array.from({ length: random(5) }, () => {
    const value = `${space()}${randomDocument(random, depth - 1)}${space()}`
    return kind < 7 ? `${space()}${quote(pick(names))}${space()}:${value}` : value
  })
  return kind < 7 ? `{${items.join(',') || space()}}` : `[${items.join(',') || space()}]`
}

/** A byte changed, dropped, doubled or moved: what is no longer JSON, mostly. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1)
  const byte = Buffer.of(random(4) === 0 ? random(256) : '{}[]",:\\0123456789eE+-.tfnu \n'.charCodeAt(random(29)))
  const rest = [at + 1, at, at + 1 + random(4)][random(3)]!
  return Buffer.concat([bytes.subarray(0, at), random(4) === 0 ? Buffer.alloc(0) : byte, bytes.subarray(rest)])
}
