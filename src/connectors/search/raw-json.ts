/** Where parts of JSON stand in its bytes, so that a document can be taken as it was written, each digit of it. Pure. */

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

const opening = new Set(Buffer.from('{['))
const closing = new Set(Buffer.from('}]'))
const space = new Set(Buffer.from(' \t\n\r'))

/** The members of the object at `at`: their names and the bytes of their values. */
export function membersAt(json: Buffer, at = 0): Map<string, Buffer> {
  const members = new Map<string, Buffer>()
  let name = ''
  parts(json, at, (start, end) => {
    if (json[end] === COLON) name = JSON.parse(json.toString('utf8', start, end)) as string
    else members.set(name, json.subarray(start, end))
  })
  return members
}

/** The elements of an array. */
export function elementsOf(json: Buffer): Buffer[] {
  const elements: Buffer[] = []
  parts(json, 0, (start, end) => elements.push(json.subarray(start, end)))
  return elements
}

/** Calls for each name and value of an object, each element of an array. It is valid JSON, as a server writes it. */
function parts(json: Buffer, from: number, each: (start: number, end: number) => void): void {
  for (let at = passSpace(json, passSpace(json, from) + 1); !closing.has(json[at]!);) {
    const end = passValue(json, at)
    const next = passSpace(json, end)
    each(at, json[next] === COLON ? next : end)
    at = json[next] === COMMA || json[next] === COLON ? passSpace(json, next + 1) : next
  }
}

function passSpace(json: Buffer, at: number): number {
  while (space.has(json[at]!)) at++
  return at
}

/** @throws Error where the text ends before the value does */
function passValue(json: Buffer, at: number): number {
  let depth = 0
  for (; at < json.length; at++) {
    const byte = json[at]!
    if (byte === QUOTE) at = closingQuote(json, at)
    else if (opening.has(byte)) depth++
    else if (closing.has(byte)) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (byte === COMMA || byte === COLON || space.has(byte))) return at
  }
  if (depth === 0) return at
  throw new Error('an answer breaks off')
}

function closingQuote(json: Buffer, at: number): number {
  for (let end = json.indexOf(QUOTE, at + 1); end >= 0; end = json.indexOf(QUOTE, end + 1)) {
    let escapes = 0
    while (json[end - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
  throw new Error('an answer breaks off')
}
