/** What the flags of `lag` mean together: what is looked at, how often, and how it is shown. Pure. */
import { UsageError } from '../errors.js'
import type { LookOptions } from '../jobs/lag-follow.js'
import type { LagOptions } from '../jobs/lag-reader.js'
import type { LagRow } from '../jobs/lag-rows.js'
import type { WatchOptions } from '../jobs/lag-watch.js'
import { reportFormat } from './flags.js'
import type { ReportFormat } from './report.js'

export interface LagFlags {
  topic?: string[] | undefined
  by: 'topic' | 'partition'
  json: boolean
  format?: ReportFormat | 'prometheus' | undefined
  isolation: LagOptions['isolation']
  time: boolean
  max?: number | undefined
  wait: boolean
  timeout?: number | undefined
  watch?: number | undefined
  history?: string | undefined
  listen?: WatchOptions['listen'] | undefined
  checkpoint?: string | undefined
}

export type LagColumn = keyof LagRow

export interface LagPlan {
  reader: Omit<LagOptions, 'settings'>
  format: ReportFormat | 'prometheus'
  columns: LagColumn[]
  look: Omit<LookOptions, 'rowsOf'>
  /** null: one look, or until all is well. */
  watch: Omit<WatchOptions, 'show' | 'notice'> | null
}

/** Milliseconds between two looks, and for waiting. */
const INTERVAL = 2_000
const PATIENCE = 60_000

/**
 * @param groups none: all
 * @throws UsageError for flags that exclude each other
 */
export function planLag(groups: readonly string[], flags: LagFlags): LagPlan {
  const goesOn = checkLag(flags)
  const { topic, by, isolation, time, max, wait, timeout, watch, history, listen, checkpoint } = flags
  const format = reportFormat(flags)
  return {
    reader: {
      ...{ groups: groups.length > 0 ? [...new Set(groups)] : null, topics: topic ?? null },
      ...{ isolation, time, members: by === 'partition' && format !== 'prometheus', checkpoint: checkpoint ?? null }
    },
    format,
    columns: lagColumns(flags, format === 'table'),
    look: { max: max === undefined && !wait ? null : BigInt(max ?? 0), timeout: wait ? (timeout ?? PATIENCE) : null },
    watch: goesOn
      ? { interval: watch ?? INTERVAL, timeout: timeout ?? null, history: history ?? null, listen: listen ?? null }
      : null
  }
}

/** Whether it goes on until it is ended. */
function checkLag(flags: LagFlags): boolean {
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
  return goesOn
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
