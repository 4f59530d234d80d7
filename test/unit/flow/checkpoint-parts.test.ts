import { describe, expect, test } from '@jest/globals'
import { CheckpointParts, mergeParts } from '../../../src/flow/checkpoint-parts.js'
import type { Checkpoint } from '../../../src/flow/checkpoint.js'

const endpoint = { place: 'p', position: 5n, taken: 1 }
const part = (more: Partial<Checkpoint> = {}): Checkpoint => ({
  ...{
    clusterId: null,
    group: null,
    positions: [],
    files: [],
    elements: 0,
    endpoint: null,
    outputs: [],
    transactions: [],
    ...more
  }
})
const at = (partition: number, offset: bigint): { topic: string; partition: number; offset: bigint } => ({
  ...{ topic: 't', partition, offset }
})

describe('parts become one', () => {
  test('with what each has', () => {
    const transaction = (subtask: number) => ({ cluster: 'c', prefix: 'p', subtask, pending: null })
    const parts = [0, 1].map((n) =>
      part({
        ...{ clusterId: n === 1 ? 'c' : null, group: 'g', positions: [at(n, BigInt(n))], elements: n * 5 },
        endpoint: n === 1 ? endpoint : null,
        ...{ outputs: [{ file: `/f/${n}`, length: n }], transactions: [transaction(n)] }
      })
    )
    expect(mergeParts(parts)).toEqual({
      ...{ clusterId: 'c', group: 'g', positions: [at(0, 0n), at(1, 1n)], files: [], elements: 5, endpoint },
      outputs: [
        { file: '/f/0', length: 0 },
        { file: '/f/1', length: 1 }
      ],
      transactions: [transaction(0), transaction(1)]
    })
  })

  test('of two positions in the same partition or file, the one further on', () => {
    const file = (inode: bigint, offset: number) => ({
      ...{ file: 'f', device: 1n, inode, birth: 1n, offset, line: 0, size: 9 }
    })
    const merged = mergeParts([
      part({ positions: [at(0, 7n), at(1, 2n)], files: [file(1n, 3)] }),
      part({ positions: [at(0, 5n), at(1, 3n)], files: [file(1n, 4), file(2n, 1)] })
    ])
    expect(merged.positions).toEqual([at(0, 7n), at(1, 3n)])
    expect(merged.files).toEqual([file(1n, 4), file(2n, 1)])
  })
})

/** A file whose writes end when the test says so. */
class Slow {
  readonly written: Checkpoint[] = []
  #ends: ((error?: Error) => void)[] = []

  write(whole: Checkpoint): Promise<void> {
    this.written.push(whole)
    return new Promise((resolve, reject) => this.#ends.push((error) => (error ? reject(error) : resolve())))
  }

  async end(error?: Error): Promise<void> {
    this.#ends.shift()!(error)
    await settled()
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What has become of promises so far. */
function watch(...promises: Promise<void>[]): string[] {
  const states = promises.map(() => 'waits')
  promises.forEach((promise, i) => {
    promise.then(
      () => (states[i] = 'done'),
      (error: Error) => (states[i] = error.message)
    )
  })
  return states
}

describe('the file', () => {
  test('is written when there is a part of each, and holds all of them', async () => {
    const file = new Slow()
    const parts = new CheckpointParts(2, [], (whole) => file.write(whole))
    const states = watch(parts.put(1, part({ positions: [at(1, 1n)] })))
    await settled()
    expect([file.written, states]).toEqual([[], ['waits']])
    void parts.put(0, part({ positions: [at(0, 9n)] }))
    expect(file.written[0]!.positions).toEqual([at(0, 9n), at(1, 1n)])
    await file.end()
    expect(states).toEqual(['done'])
  })

  test('takes those that come while it is written together', async () => {
    const file = new Slow()
    const parts = new CheckpointParts(2, [], (whole) => file.write(whole))
    const states = watch(parts.put(0, part()), parts.put(1, part()))
    states.push(...watch(parts.put(0, part({ elements: 1 })), parts.put(1, part({ elements: 2 }))))
    expect(file.written).toHaveLength(1)
    await file.end()
    expect(states.slice(0, 2)).toEqual(['done', 'done'])
    expect(file.written.map(({ elements }) => elements)).toEqual([0, 2])
    await file.end()
    expect(file.written).toHaveLength(2)
  })

  test('that cannot be written fails who waits for it', async () => {
    const file = new Slow()
    const parts = new CheckpointParts(1, [], (whole) => file.write(whole))
    const states = watch(parts.put(0, part()))
    await file.end(new Error('full'))
    expect(states).toEqual(['full'])
  })

  test('is never written when a subtask ended without a part, and nobody waits for it', async () => {
    const file = new Slow()
    const parts = new CheckpointParts(2, [], (whole) => file.write(whole))
    const states = watch(parts.put(0, part()))
    parts.end(1)
    await settled()
    expect(states).toEqual([expect.stringContaining('ended before')])
    expect(file.written).toEqual([])
  })

  test('is written on when a subtask has ended after its part', async () => {
    const file = new Slow()
    const parts = new CheckpointParts(2, [], (whole) => file.write(whole))
    void parts.put(1, part({ elements: 4 }))
    parts.end(1)
    void parts.put(0, part())
    expect(file.written).toMatchObject([{ elements: 4 }])
    await file.end()
  })

  test('keeps outputs that no subtask writes', () => {
    const kept = [
      { file: '/f/1', length: 1 },
      { file: '/f/3', length: 3 }
    ]
    const file = new Slow()
    const parts = new CheckpointParts(1, kept, (whole) => file.write(whole))
    void parts.put(0, part({ outputs: [{ file: '/f/1', length: 10 }] }))
    expect(file.written[0]!.outputs).toEqual([{ file: '/f/1', length: 10 }, kept[1]])
  })
})
