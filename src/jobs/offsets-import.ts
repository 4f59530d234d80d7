/**
 * Sets committed offsets as a file says: works out the plan and, when it is told to, carries it out.
 */
import { FailedError } from '../errors.js'
import { committedOffsetsOf } from '../kafka/committed-offsets.js'
import { Metadata } from '../kafka/metadata.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { PATIENCE, succeeded } from './named-groups.js'
import { type OffsetsFile, fileError, readOffsetsFile } from './offsets-file.js'
import { type Done, commitPlan, planOffsets, requireInactive, requirePartitions } from './offsets-plan.js'

export interface ImportOptions {
  settings: Settings
  /** The group whose offsets the file has; null: the file names groups. */
  group: string | null
  /** `-`: standard input. */
  path: string
  execute: boolean
  notice: (text: string) => void
}

export async function importOffsets(options: ImportOptions, signal: AbortSignal): Promise<Done> {
  const { settings, group, path, execute, notice } = options
  const file = await readOffsetsFile(path, group, signal)
  const groups = [...new Set(file.rows.map((row) => row.group))]
  const wire = await Wire.open(settings, signal)
  try {
    await requireInactive(wire, groups, { signal, notice })
    const metadata = new Metadata(wire)
    await metadata.refresh([...new Set(file.rows.map(({ topic }) => topic))], signal)
    await requirePartitions(metadata, file.rows).catch((error: unknown) => {
      throw inFile(error, file)
    })
    const options = { deadline: PATIENCE, stable: true, signal }
    const committed = succeeded(await committedOffsetsOf(wire, groups, options))
    const plan = await planOffsets(wire, metadata, file.rows, committed, { signal, notice })
    return { plan, failure: execute ? await commitPlan(wire, plan, signal) : null }
  } finally {
    wire.close()
  }
}

/** What is wrong with a topic or partition, with the line that names it. */
function inFile(error: unknown, { name, rows }: OffsetsFile): unknown {
  if (!(error instanceof FailedError)) return error
  const { topic, partition } = error.place
  const row = rows.find((one) => one.topic === topic && one.partition === (partition ?? one.partition))
  return row ? fileError(name, row.line, error.message, error.advice) : error
}
