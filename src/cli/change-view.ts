/** Changes of topics and partitions as they are seen: a line each. */
import { counted } from '../counted.js'
import type { TopicChange } from '../jobs/discover-watch.js'
import { inCell, print } from './output.js'
import { type ReportFormat, csvReport, jsonRow } from './report.js'

const columns = ['time', 'change', 'topic', 'partition', 'partitions', 'end', 'records'] as const

export class ChangeView {
  readonly #format: ReportFormat
  #begun = false

  constructor(format: ReportFormat) {
    this.#format = format
  }

  /** @param at milliseconds since the epoch */
  async show(changes: readonly TopicChange[], at: number): Promise<void> {
    const time = new Date(at).toISOString()
    const rows = changes.map((change) => ({ time, ...change }))
    if (this.#format === 'json') await print(rows.map((row) => `${jsonRow(row, columns)}\n`).join(''))
    else if (this.#format === 'csv') await print(await csvReport(rows, columns, !this.#begun))
    else await print(changes.map((change) => `${time} ${sentence(change)}\n`).join(''))
    this.#begun = true
  }
}

/** `orders [3] grew by 20 records, to offset 120`. Pure. */
export function sentence({ change, topic, partition, partitions, end, records }: TopicChange): string {
  const what = inCell(partition === null ? topic : `${topic} [${partition}]`)
  const count = records === null ? 'an unknown number of records' : counted(records, 'record')
  if (change === 'grew') return `${what} grew by ${count}, to offset ${end}`
  const size = partitions === null ? '' : `${counted(partitions, 'partition')}, `
  return `${what} ${change === 'gone' ? 'is gone' : 'appeared'}: ${size}${count}`
}
