/** Where the tests of checkpoints keep their files. */
import { statSync } from 'node:fs'
import { Workdir } from './workdir.js'

/** A folder of its own, with the checkpoint `positions` and the output `out` in it. */
export function files(output = 'out'): { args: string[]; positions: string; out: string } {
  const folder = new Workdir()
  const [positions, out] = [folder.join('positions'), folder.join(output)]
  return { args: ['--checkpoint', positions, '-O', out], positions, out }
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
