/**
 * Finds the values at dotted paths of a JSON document, all of them in one walk, without building the document. A number
 * in a path is an index of an array or the name of a member. A member that is there twice counts as JSON.parse has it:
 * the last one.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import {
  ARRAY,
  CLOSE,
  COLON,
  COMMA,
  describeProblem,
  OBJECT,
  passed,
  passSpace,
  passString,
  passValue,
  QUOTE
} from './json-grammar.js'
import { writeCompact } from './json-scanner.js'
import { readJsonString } from './json-text.js'

interface Node {
  name: Buffer
  /** The name as an index of an array, -1 where it is none. */
  index: number
  children: Node[]
  /** The paths that end here, and those that end here or further down. */
  here: number[]
  below: number[]
}

const newNode = (name: string): Node => ({
  name: Buffer.from(name),
  index: /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1,
  children: [],
  here: [],
  below: []
})

export class JsonPaths {
  /** Where the value at path i lies; `starts[i]` is -1 where there is none. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** 1 where a value cannot be copied as it is: an escape in a string, white space between tokens. */
  readonly #altered: Uint8Array
  readonly #root = newNode('')
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0

  /** @param paths each as the names on the way from the root */
  constructor(paths: string[][]) {
    this.starts = new Int32Array(paths.length)
    this.ends = new Int32Array(paths.length)
    this.#altered = new Uint8Array(paths.length)
    paths.forEach((path, slot) => {
      let node = this.#root
      node.below.push(slot)
      for (const name of path) {
        let child = node.children.find((each) => each.name.equals(Buffer.from(name)))
        if (!child) node.children.push((child = newNode(name)))
        node = child
        node.below.push(slot)
      }
      node.here.push(slot)
    })
  }

  /** Finds the values in `bytes[start, end)`. Returns what is wrong where that is not JSON. */
  find(bytes: Buffer, start: number, end: number): string | undefined {
    this.#bytes = bytes
    this.#end = end
    let at = this.#visit(this.#root, passSpace(bytes, start, end))
    if (at >= 0) at = passSpace(bytes, at, end)
    if (at === end) return undefined
    return describeProblem(bytes, start, end, at < 0 ? ~at : at)
  }

  /** Appends the text of the value at path i: a string's own, of anything else the JSON. */
  writeText(i: number, bytes: Buffer, out: ByteWriter): string | undefined {
    const start = this.starts[i]!
    const end = this.ends[i]!
    if (bytes[start] !== QUOTE) this.writeJson(i, bytes, out)
    else if (this.#altered[i] === 0) out.copy(bytes, start + 1, end - 1)
    else if (!readJsonString(bytes, start + 1, end - 1, out)) return 'holds half of a surrogate pair'
    return undefined
  }

  /** Appends the value at path i as JSON, on one line. */
  writeJson(i: number, bytes: Buffer, out: ByteWriter): void {
    if (this.#altered[i] === 0) out.copy(bytes, this.starts[i]!, this.ends[i]!)
    else writeCompact(bytes, this.starts[i]!, this.ends[i]!, out)
  }

  /** Whether the value at path i is null, or missing. */
  isNull(i: number, bytes: Buffer): boolean {
    return this.starts[i]! < 0 || bytes[this.starts[i]!] === 0x6e
  }

  /** Passes over the value at `start`, and notes it. Returns where it ends, or `~i` where byte i is wrong. */
  #visit(node: Node, start: number): number {
    const { below, here } = node
    for (let i = 0; i < below.length; i++) this.starts[below[i]!] = -1
    passed.escape = passed.space = false
    const first = start < this.#end ? this.#bytes[start] : 0
    const entered = node.children.length > 0 && (first === OBJECT || first === ARRAY)
    const at = !entered
      ? passValue(this.#bytes, start, this.#end)
      : first === OBJECT
        ? this.#visitObject(node, start)
        : this.#visitArray(node, start)
    for (let i = 0; i < here.length; i++) {
      const slot = here[i]!
      this.starts[slot] = start
      this.ends[slot] = at
      this.#altered[slot] = entered || passed.escape || passed.space ? 1 : 0
    }
    return at
  }

  #visitObject(node: Node, start: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let at = passSpace(bytes, start + 1, end)
    if (at < end && bytes[at] === OBJECT + CLOSE) return at + 1
    for (;;) {
      const name = at
      passed.escape = false
      at = passString(bytes, at, end)
      if (at < 0) return at
      const child = passed.escape ? escapedChild(node, bytes, name, at) : childNamed(node, bytes, name + 1, at - 1)
      at = passSpace(bytes, at, end)
      if (at === end || bytes[at] !== COLON) return ~at
      at = this.#item(child, passSpace(bytes, at + 1, end))
      if (at < 0 || at === end || bytes[at] !== COMMA) return closed(OBJECT, bytes, at, end)
      at = passSpace(bytes, at + 1, end)
    }
  }

  #visitArray(node: Node, start: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let at = passSpace(bytes, start + 1, end)
    if (at < end && bytes[at] === ARRAY + CLOSE) return at + 1
    for (let index = 0; ; index++) {
      at = this.#item(childAt(node, index), at)
      if (at < 0 || at === end || bytes[at] !== COMMA) return closed(ARRAY, bytes, at, end)
      at = passSpace(bytes, at + 1, end)
    }
  }

  /** Passes over one value and the white space after it. */
  #item(child: Node | undefined, start: number): number {
    const at = child ? this.#visit(child, start) : passValue(this.#bytes, start, this.#end)
    return at < 0 ? at : passSpace(this.#bytes, at, this.#end)
  }
}

function closed(open: number, bytes: Buffer, at: number, end: number): number {
  if (at < 0) return at
  return at < end && bytes[at] === open + CLOSE ? at + 1 : ~at
}

function childNamed({ children }: Node, bytes: Buffer, start: number, end: number): Node | undefined {
  for (let i = 0; i < children.length; i++) if (equals(children[i]!.name, bytes, start, end)) return children[i]
  return undefined
}

/** `bytes[start, end)` is the name with its quotes. */
function escapedChild(node: Node, bytes: Buffer, start: number, end: number): Node | undefined {
  const name = Buffer.from(JSON.parse(bytes.toString('utf8', start, end)) as string)
  return childNamed(node, name, 0, name.length)
}

function childAt({ children }: Node, index: number): Node | undefined {
  for (let i = 0; i < children.length; i++) if (children[i]!.index === index) return children[i]
  return undefined
}

/** Whether `bytes[start, end)` is `name`. */
export function equals(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}
