/**
 * Finds the values at dotted paths of a JSON document, all of them in one walk, without building the document. A number
 * in a path is an index of an array or the name of a member. A member that is there twice counts as JSON.parse has it:
 * the last one.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import { ARRAY, OBJECT, QUOTE } from './json-grammar.js'
import { JsonScanner, writeCompact } from './json-scanner.js'
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
  readonly #scanner = new JsonScanner()
  readonly #root = newNode('')

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
    this.#scanner.reset(bytes, start, end)
    this.#visit(this.#root)
    return this.#scanner.finish() ? undefined : this.#scanner.problem(start)
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

  #visit(node: Node): void {
    const scanner = this.#scanner
    for (const slot of node.below) this.starts[slot] = -1
    const first = scanner.peek()
    const start = scanner.at
    const entered = node.children.length > 0 && (first === OBJECT || first === ARRAY)
    if (!entered) scanner.value()
    else if (first === OBJECT) this.#visitObject(node)
    else this.#visitArray(node)
    const altered = entered || scanner.valueEscaped || scanner.valueSpaced ? 1 : 0
    for (const slot of node.here) {
      this.starts[slot] = start
      this.ends[slot] = scanner.at
      this.#altered[slot] = altered
    }
  }

  #visitObject(node: Node): void {
    const scanner = this.#scanner
    scanner.enter(OBJECT)
    while (scanner.more(OBJECT) && scanner.name()) {
      const child = this.#child(node)
      if (child) this.#visit(child)
      else scanner.value()
    }
  }

  #visitArray(node: Node): void {
    const scanner = this.#scanner
    scanner.enter(ARRAY)
    for (let index = 0; scanner.more(ARRAY); index++) {
      const child = node.children.find((each) => each.index === index)
      if (child) this.#visit(child)
      else scanner.value()
    }
  }

  /** The child with the name that the scanner has just passed. */
  #child(node: Node): Node | undefined {
    const { bytes, nameStart, nameEnd, nameEscaped } = this.#scanner
    if (nameEscaped) {
      const name = Buffer.from(JSON.parse(bytes.toString('utf8', nameStart - 1, nameEnd + 1)) as string)
      return node.children.find((each) => each.name.equals(name))
    }
    for (const child of node.children) if (equals(child.name, bytes, nameStart, nameEnd)) return child
    return undefined
  }
}

/** Whether `bytes[start, end)` is `name`. */
export function equals(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}
