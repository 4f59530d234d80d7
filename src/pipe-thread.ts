/**
 * What runs on a thread of `pipe --parallelism`: one of its subtasks. Like main.ts, it stands above everything else.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { elsewhere } from './cli/clusters.js'
import { piped } from './cli/config-file.js'
import { type PipeArguments, planPipe } from './cli/pipe-plan.js'
import { type ClusterSettings, type ConnectionFlags, readSettings } from './cli/settings.js'
import { MainThread } from './jobs/main-thread.js'
import { type SubtaskPlan, runSubtask } from './jobs/subtask.js'
import type { SubtaskData } from './jobs/subtasks.js'

const data = workerData as SubtaskData & { given: PipeArguments & { piped: Map<string, string> } }
const main = new MainThread(parentPort as MessagePort)

for (const [name, text] of data.given.piped) piped.set(name, text)

async function plan(): Promise<SubtaskPlan> {
  const { flags } = data.given
  const trace = (text: string): void => main.tell({ kind: 'verbose', text })
  // What there is to say of settings, the command has said.
  const read = async (of: ConnectionFlags, env: NodeJS.ProcessEnv): Promise<ClusterSettings> => {
    const { settings } = await readSettings(of, env)
    return flags.verbose ? { ...settings, trace } : settings
  }
  const timeout = { 'connect-timeout': flags['connect-timeout'] }
  return planPipe(data.given, {
    own: await read(flags, process.env),
    other: (named) => read({ ...named, ...timeout }, elsewhere(process.env))
  })
}

// What Node or a dependency warns of is nothing that the user can change.
if (!data.given.flags.verbose) process.removeAllListeners('warning')
await runSubtask(data, plan, main)
