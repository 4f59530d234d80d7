/**
 * One of several subtasks: a pipe on its own thread, which tells and asks the main thread about what there is once.
 */
import { Keeping } from './keeping.js'
import type { MainThread } from './main-thread.js'
import { type PipeOptions, move } from './pipe.js'
import { type Failure, failureOf } from './subtask-failure.js'
import type { SubtaskData } from './subtasks.js'
import { noTotals } from './totals.js'

/** What a thread plans for itself. */
export type SubtaskPlan = Omit<PipeOptions, 'progress' | 'notice' | 'verbose'>

/**
 * Runs to the end, and says how that was; it never rejects.
 * @param plan makes the options · @param main the thread that started this one
 */
export async function runSubtask(
  { share, checkpoint, restored, transactionalId }: SubtaskData,
  plan: () => Promise<SubtaskPlan>,
  main: MainThread
): Promise<void> {
  const totals = noTotals()
  let failure: Failure | null = null
  try {
    const options = await plan()
    const { sink } = options
    const isTransactional = sink.kind === 'kafka' && sink.transaction !== null
    if (isTransactional) sink.transaction!.id ??= transactionalId
    const keeping =
      checkpoint === null
        ? null
        : new Keeping(checkpoint, restored, async (part) => {
            await main.ask({ kind: 'checkpoint', part })
          })
    await move(
      {
        ...options,
        progress: (now) => main.tell({ kind: 'progress', totals: now }),
        notice: (text) => main.tell({ kind: 'notice', text }),
        verbose: (text) => main.tell({ kind: 'verbose', text })
      },
      {
        ...{ share, keeping },
        standardOutput: (stream) => main.standardOutput(stream),
        ready: async (start) => void (await main.ask({ kind: 'ready', start })),
        take: async (partitions) => (await main.ask({ kind: 'take', partitions })).fresh!
      },
      totals,
      main.signal
    )
  } catch (error) {
    failure = failureOf(error)
  }
  main.tell({ kind: 'end', totals, failure })
}
