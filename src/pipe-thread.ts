/**
 * What runs on a thread of `pipe --parallelism`: one of its subtasks. Like main.ts, it stands above everything else.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type PipeArguments, planPipe } from './cli/pipe-plan.js'
import { readSettings } from './cli/settings.js'
import { MainThread } from './jobs/main-thread.js'
import { type SubtaskPlan, runSubtask } from './jobs/subtask.js'
import type { SubtaskData } from './jobs/subtasks.js'

const data = workerData as SubtaskData & { given: PipeArguments }
const main = new MainThread(parentPort as MessagePort)

async function plan(): Promise<SubtaskPlan> {
  const { flags } = data.given
  // What there is to say of settings, the command has said.
  const { settings } = await readSettings(flags, process.env)
  const trace = (text: string): void => main.tell({ kind: 'verbose', text })
  return planPipe(data.given, flags.verbose ? { ...settings, trace } : settings)
}

// What Node or a dependency warns of is nothing that the user can change.
if (!data.given.flags.verbose) process.removeAllListeners('warning')
await runSubtask(data, plan, main)
