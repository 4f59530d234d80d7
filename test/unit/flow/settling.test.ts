import { expect, test } from '@jest/globals'
import { setImmediate as turn } from 'node:timers/promises'
import type { Position, ResumableSource, Sink, SourceState } from '../../../src/flow/endpoint.js'
import { run } from '../../../src/flow/run.js'
import { Settling, type SettlingOptions } from '../../../src/flow/settling.js'
import { Records } from '../../../src/records/records.js'

class One extends Records {
  #left = 1

  override next(): boolean {
    return this.#left-- > 0
  }
}

/** What happens, in order: a source that gives what is scripted, and a sink, a checkpoint and a committer that note it. */
class Scene {
  readonly log: string[] = []
  offset = 0n
  failing: string | null = null

  #note(entry: string): void {
    this.log.push(entry)
    if (this.failing === entry) throw new Error(`${entry} failed`)
  }

  async run(script: ('record' | 'settle' | 'surrender')[], options: Partial<SettlingOptions> = {}): Promise<void> {
    const source: ResumableSource = {
      idle: false,
      read: async () => {
        const next = script.shift()
        if (next === undefined) return null
        if (next !== 'record') return next
        this.offset++
        return new One()
      },
      state: () => ({
        positions: [{ topic: 't', partition: 0, offset: this.offset }],
        files: [],
        elements: 0,
        endpoint: null
      }),
      interrupt: () => this.#note('interrupt'),
      locate: (error) => error,
      close: async () => this.#note('source closed')
    }
    const sink: Sink = {
      failed: new Promise(() => undefined),
      write: (records) => {
        while (records.next()) this.#note('write')
        return true
      },
      drain: async () => undefined,
      push: () => undefined,
      flush: async () => {
        await turn()
        this.#note('flush')
      },
      state: () => ({ output: null, transaction: null }),
      commit: async () => {
        await turn()
        this.#note('final')
      },
      close: async () => this.#note('sink closed')
    }
    const checkpoint = {
      write: async ({ positions: [position] }: SourceState) => {
        await turn()
        const entry = `checkpoint ${position!.offset}`
        // As the checkpoint file, which does not write the same again.
        const same = this.log.findLast((before) => before.startsWith('checkpoint')) === entry
        if (!same || this.failing === entry) this.#note(entry)
      }
    }
    const committer = {
      send: ([position]: Position[]) => this.#note(`commit ${position!.offset}`),
      finish: async () => {
        await turn()
        this.#note('committed')
      }
    }
    const settling = new Settling(source, sink, {
      ...{ checkpoint, committer, commitLate: false, interval: Infinity },
      ...options
    })
    const bad = { goesOn: false, take: () => undefined }
    await run({ source, sink, settling, bad }, new AbortController().signal)
  }
}

const end = ['source closed', 'sink closed']

test('written out, then the checkpoint, then final, then the commit; the last one is waited for', async () => {
  const scene = new Scene()
  await scene.run(['record', 'record', 'settle', 'record'])
  const first = ['write', 'write', 'flush', 'checkpoint 2', 'final', 'commit 2']
  const last = ['write', 'flush', 'checkpoint 3', 'final', 'commit 3', 'committed']
  expect(scene.log).toEqual(['interrupt', ...first, ...last, ...end])
})

test('before partitions are given up, the commit is waited for', async () => {
  const scene = new Scene()
  await scene.run(['record', 'surrender', 'record'])
  expect(scene.log.slice(1, 8)).toEqual(['write', 'flush', 'checkpoint 1', 'final', 'commit 1', 'committed', 'write'])
})

test('commits that are wanted late: before partitions are given up, and at the end', async () => {
  const scene = new Scene()
  await scene.run(['record', 'settle', 'record', 'surrender', 'record', 'settle'], { commitLate: true })
  expect(scene.log.filter((entry) => /^c/.test(entry))).toEqual([
    ...['checkpoint 1', 'checkpoint 2', 'commit 2', 'committed', 'checkpoint 3', 'commit 3', 'committed']
  ])
})

test('what cannot be written out is neither in the checkpoint nor committed', async () => {
  const scene = new Scene()
  scene.failing = 'flush'
  await expect(scene.run(['record'])).rejects.toThrow('flush failed')
  expect(scene.log).toEqual(['interrupt', 'write', 'flush', 'flush', ...end])
})

test('what is not in the checkpoint is not committed', async () => {
  const scene = new Scene()
  scene.failing = 'checkpoint 1'
  await expect(scene.run(['record', 'settle', 'record'])).rejects.toThrow('checkpoint 1 failed')
  expect(scene.log.filter((entry) => entry.startsWith('commit'))).toEqual([])
})

test('what was taken before a failure is settled', async () => {
  const scene = new Scene()
  scene.failing = 'write'
  await expect(scene.run(['record'])).rejects.toThrow('write failed')
  expect(scene.log.slice(2)).toEqual(['flush', 'checkpoint 1', 'final', 'commit 1', 'committed', ...end])
})
