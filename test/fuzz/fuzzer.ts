/**
 * What a fuzzer is, and the run of one. Each case has random numbers of its own, made of the seed and the case's number,
 * so that one case can be had again without those before it.
 */
import { random } from '../unit/formats/records.js'

/** A whole number from 0 on, below the limit. */
export type Below = (limit: number) => number

export interface Case {
  /** What is decoded, and what is said of it. */
  input: Buffer | string
  about?: string
  /** Throws where something misbehaves: an error that a decoder may give is no such thing, and is caught. */
  check: () => void | Promise<void>
}

export interface Fuzzer {
  name: string
  /** Of 10 million cases in all, weighed by what a case costs. */
  cases: number
  next: (below: Below) => Case
}

/** Milliseconds; nothing that is decoded here takes one. Long, since a busy machine may stop a process for a while. */
const LONGEST = 10_000

/**
 * Runs the cases numbered from `from` on.
 * @param onCase is told of each before it begins: of one that never ends, nobody else can tell
 * @throws Error that names the case, with its input in hexadecimal digits
 */
export async function runFuzzer(
  { name, next }: Fuzzer,
  { seed, cases, from = 0 }: { seed: number; cases: number; from?: number },
  onCase: (index: number) => void | Promise<void> = () => undefined
): Promise<void> {
  for (let index = from; index < from + cases; index++) {
    const told = onCase(index)
    if (told) await told
    const { input, about = '', check } = next(numbersOf(seed, index))
    const start = performance.now()
    try {
      const checked = check()
      if (checked) await checked
      if (performance.now() - start > LONGEST) throw new Error(`it took ${performance.now() - start} ms`)
    } catch (error) {
      const shown = Buffer.from(input as string).toString('hex')
      const what = `${name}, case ${index} of seed ${seed}${about && `, ${about}`}: ${(error as Error).message}: ${shown}`
      throw new Error(what, { cause: error })
    }
  }
}

function numbersOf(seed: number, index: number): Below {
  const below = random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b)) | 0)
  // The first numbers of neighbours are alike.
  below(2)
  return below
}

export function oneOf<T>(list: readonly T[], below: Below): T {
  return list[below(list.length)]!
}
