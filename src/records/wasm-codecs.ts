/**
 * snappy and lz4, compiled to WebAssembly. What is damaged ends in a trap, in the middle of whatever was going on there:
 * after some thousands, sound data would be refused too. So an instance takes a hundred, and the next call has another one;
 * as has the one after a call that took much memory, which an instance never gives back.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

type Operation = 'snappy_compress' | 'snappy_decompress' | 'lz4_compress' | 'lz4_decompress'

interface Exports extends Record<Operation, (input: number, length: number) => bigint> {
  memory: { readonly buffer: ArrayBuffer }
  alloc(length: number): number
  dealloc(at: number, length: number): void
}

/** The parts that are used here; it is in the types of browsers alone. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}

/** Bytes that an instance may have and stay. */
const KEPT = 64 << 20

/** A trap leaves something of the call behind. */
const MOST_TRAPS = 100

let module: object | null = null
let instance: Exports | null = null
let traps = 0

function load(): Exports {
  if (module === null) {
    const main = createRequire(import.meta.url).resolve('@platformatic/wasm-utils')
    module = new WebAssembly.Module(readFileSync(join(dirname(main), 'native.wasm')))
  }
  return new WebAssembly.Instance(module).exports as Exports
}

/** The result is the caller's. Throws WebAssembly.RuntimeError for what is damaged. */
export function callWasm(name: Operation, bytes: Buffer): Buffer {
  const wasm = (instance ??= load())
  try {
    return call(wasm, name, bytes)
  } catch (error) {
    traps++
    throw error
  } finally {
    if (traps === MOST_TRAPS || wasm.memory.buffer.byteLength > KEPT) {
      instance = null
      traps = 0
    }
  }
}

function call(wasm: Exports, name: Operation, bytes: Buffer): Buffer {
  const room = Math.max(bytes.length, 1)
  const input = wasm.alloc(room)
  new Uint8Array(wasm.memory.buffer).set(bytes, input)
  // Where the output is, and how long: 32 bits each.
  const output = BigInt.asUintN(64, wasm[name](input, bytes.length))
  const [at, length] = [Number(output >> 32n), Number(output & 0xffffffffn)]
  const result = Buffer.from(new Uint8Array(wasm.memory.buffer, at, length))
  wasm.dealloc(at, length)
  wasm.dealloc(input, room)
  return result
}
