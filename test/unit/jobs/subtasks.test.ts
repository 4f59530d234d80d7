// What the main thread makes of threads that say and ask as subtasks do, and of some that break off.
import { describe, expect, test } from '@jest/globals'
import { type SubtasksOptions, runSubtasks } from '../../../src/jobs/subtasks.js'
import type { Totals } from '../../../src/jobs/totals.js'

const format = {
  ...{ format: 'value', fields: null, header: true, delimiter: Buffer.from('\n'), keyDelimiter: null },
  ...{ keyAs: 'string', valueAs: 'string' }
}

/** Runs threads of this code, which knows `n` (from 0), `tell(statement)` and `end(failure)`, and hears `message`. */
async function run(code: string, signal = new AbortController().signal): Promise<{ said: string[]; error?: Error }> {
  const said: string[] = []
  const say = (text: string): unknown => said.push(text)
  const begin =
    "import { parentPort, workerData } from 'node:worker_threads';" +
    'const n = workerData.share.subtask; const tell = (statement) => parentPort.postMessage(statement);' +
    'const totals = { records: 1, acknowledged: true, lost: 0, skipped: 2, unanswered: 0, commits: null };' +
    "const end = (failure = null) => tell({ kind: 'end', totals, failure });"
  const options = {
    ...{ parallelism: 3, entry: new URL(`data:text/javascript,${encodeURIComponent(begin + code)}`), given: null },
    plan: {
      ...{ source: { kind: 'elements', elements: [] }, sink: { kind: 'text', output: 'stdout', format } },
      ...{ checkpoint: null, checkpointInterval: 1, onError: 'fail' }
    },
    ...{ progress: ({ records }: Totals) => say(`${records} records`), notice: say, verbose: say }
  } as unknown as SubtasksOptions
  try {
    await runSubtasks(options, signal)
  } catch (error) {
    return { said, error: error as Error }
  }
  return { said }
}

const failed = (message: string): string =>
  `{ name: 'FailedError', message: '${message}', advice: 'do this', exitCode: 1 }`
/** Ends in order when it is told to. */
const onEnd = "parentPort.on('message', (message) => message === 'end' && end());"

describe('threads', () => {
  test('are summed at the end', async () => {
    expect(await run('end()')).toEqual({ said: ['6 records skipped'] })
  })

  test('say once what several say, and again what one says again', async () => {
    const { said } = await run(`
      tell({ kind: 'notice', text: 'all' }); if (n === 1) tell({ kind: 'notice', text: 'one' });
      if (n === 2) tell({ kind: 'notice', text: 'all' }); end()`)
    expect(said.filter((text) => text === 'all')).toHaveLength(2)
    expect(said.filter((text) => text === 'one')).toHaveLength(1)
  })

  test('begin together', async () => {
    const { said } = await run(`
      parentPort.on('message', () => { tell({ kind: 'verbose', text: 'begins' }); end() });
      setTimeout(() => tell({ kind: 'ready', id: 1, start: [{ topic: 't', partition: n, offset: 5n }] }), n * 50)`)
    expect(said.slice(0, 4)).toEqual([expect.stringMatching(/^ready (t:\d:5,?){3}$/), 'begins', 'begins', 'begins'])
  })

  test('are refused to begin when one of them cannot', async () => {
    const { said, error } = await run(`
      parentPort.on('message', ({ refused }) => { if (refused) { tell({ kind: 'verbose', text: 'refused' }); end() } });
      if (n === 1) end(${failed('no')}); else tell({ kind: 'ready', id: 1, start: null })`)
    expect(said).toEqual(['refused', 'refused'])
    expect(error).toMatchObject({ line: 'no: do this; 3 records sent before it', exitCode: 1 })
  })

  test('end when one fails, and the first failure counts', async () => {
    const { error } = await run(`
      parentPort.on('message', () => end(n === 0 ? ${failed('later')} : null)); if (n === 1) end(${failed('first')})`)
    expect(error).toMatchObject({ message: 'first', exitCode: 1 })
  })

  test('end by the signal', async () => {
    expect((await run(onEnd, AbortSignal.abort())).error).toBeUndefined()
    expect((await run(onEnd, AbortSignal.timeout(200))).error).toBeUndefined()
  })

  test.each([
    ['exits', 'process.exit(7)', 'its work unfinished'],
    ['throws', "setTimeout(() => { throw new Error('oops') })", 'oops'],
    ['has nothing left to do', '', 'its work unfinished']
  ])('fail when one of them %s', async (_name, code, reason) => {
    const { error } = await run(`if (n === 1) { ${code} } else { ${onEnd} }`)
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`^the thread of subtask 2 of 3 has died: .*${reason}`)),
      exitCode: 1
    })
  })
})
