/** What the flags of `lag` mean together: combinations that cannot be, and how its rows are shown. Pure. */
import { UsageError } from '../errors.js'
import type { LagRow } from '../jobs/lag-rows.js'

export interface LagFlags {
  by: 'topic' | 'partition'
  json: boolean
  format?: string | undefined
  time: boolean
  max?: number | undefined
  wait: boolean
  timeout?: number | undefined
  watch?: number | undefined
  history?: string | undefined
  listen?: object | undefined
  checkpoint?: string | undefined
}

export type LagColumn = keyof LagRow

/** @throws UsageError for flags that exclude each other */
export function checkLag(flags: LagFlags): void {
  const { wait, watch, history, listen } = flags
  const goesOn = watch !== undefined || history !== undefined || listen !== undefined
  if (goesOn && (wait || flags.max !== undefined)) {
    const what = `${wait ? '--wait' : '--max'} does not go with --watch, --history or --listen`
    throw new UsageError(what, 'it is for a run that ends by itself')
  }
  if (flags.timeout !== undefined && !goesOn && !wait) {
    throw new UsageError('--timeout needs something that lasts', 'add --wait, --watch or --history, or leave it out')
  }
  if (flags.format === 'prometheus' && goesOn) {
    throw new UsageError('--format prometheus is one look', '--listen 127.0.0.1:9308 gives fresh numbers at /metrics')
  }
  if (goesOn && watch === undefined && (flags.json || flags.format !== undefined)) {
    throw new UsageError('--history and --listen print no rows', 'add --watch 2s, or leave --format and --json out')
  }
}

/** All columns for programs; for people those that have something in them. */
export function lagColumns(flags: Pick<LagFlags, 'by' | 'time' | 'checkpoint'>, table: boolean): LagColumn[] {
  const { by, time, checkpoint } = flags
  const ofPartition = !table || by === 'partition'
  const columns: [LagColumn, boolean][] = [
    ['group', true],
    ['topic', true],
    ['partition', ofPartition],
    ['committed', ofPartition],
    ['checkpoint', ofPartition && checkpoint !== undefined],
    ['start', ofPartition],
    ['end', ofPartition],
    ['lag', true],
    ['seconds', !table || time],
    ['member', ofPartition]
  ]
  return columns.filter(([, shown]) => shown).map(([name]) => name)
}
