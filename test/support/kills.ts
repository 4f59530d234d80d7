/** The instants at which a run is killed. */
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LongRun } from './long-runs.js'

const HOW = ['at any time', 'while a checkpoint is written', 'as soon as it is there'] as const

/**
 * Kills a run with -9, the n-th time in another way: at a random instant, before what its next checkpoint says is durable,
 * or right after that, before anything that follows from it.
 */
export async function killNth(n: number, run: LongRun, checkpoint: string): Promise<void> {
  const how = HOW[n % HOW.length]!
  await sleep(200 + Math.random() * 500)
  if (how === 'at any time') return void (await run.stop('SIGKILL'))
  const name = basename(checkpoint)
  const end = (): unknown => run.child.kill('SIGKILL')
  const watcher = watch(dirname(checkpoint), (_event, file) => {
    if (file === (how === 'as soon as it is there' ? name : `${name}.next`)) end()
  })
  // One that has nothing to do writes no checkpoint.
  const timer = setTimeout(end, 1000)
  await run.ended
  clearTimeout(timer)
  watcher.close()
}
