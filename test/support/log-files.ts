/** The batches of a topic as they lie in the broker's own files: what no client shows, such as their compression. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BatchHeader } from '../../src/records/batch-header.js'

export interface StoredBatch {
  partition: number
  codec: string
  records: number
  transactional: boolean
}

/** All batches, the broker's own too, by partition and offset. @param folder of the sandbox; by default the shared one's */
export function storedBatches(topic: string, folder = join(process.env['TMPDIR']!, 'broker')): StoredBatch[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.log'))
  const batches: StoredBatch[] = []
  for (const file of files.sort()) {
    const [, name, partition] = /^(.*)-(\d+)$/.exec(basename(dirname(file))) ?? []
    if (name !== topic) continue
    const bytes = readFileSync(join(folder, file))
    const header = new BatchHeader()
    for (let at = 0; header.read(topic, Number(partition), bytes, at, bytes.length); at = header.end) {
      const { codec, count, transactional } = header
      batches.push({ partition: Number(partition), codec, records: count, transactional })
    }
  }
  return batches
}
