/** What a command would do, or has done, to committed offsets: old → new (cli.md, "Reports"). */
import type { Done } from '../jobs/offsets-plan.js'
import { type ReportFormat, printReport } from './report.js'

const columns = ['group', 'topic', 'partition', 'from', 'to', 'records'] as const

/** Prints the plan, then throws what went wrong with it: also when nobody reads the plan. */
export async function printPlan({ plan, failure }: Done, format: ReportFormat): Promise<void> {
  await printReport(
    plan.map((row) => ({ ...row })),
    columns,
    format
  ).finally(() => {
    if (failure) throw failure
  })
}

export const nothingDone = 'nothing is changed: add --execute to do it'
