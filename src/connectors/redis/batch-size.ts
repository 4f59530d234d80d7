/** How many records to ask for at a time, so that they are about 1 MB, by the size of those before. */
import type { Message } from '../../endpoint-module.js'

const BYTES = 1_000_000
const MOST = 1000

export class BatchSize {
  /** Few at first: they may be large. */
  count = 100

  /** What was given last. */
  note(messages: readonly Partial<Message>[]): void {
    if (messages.length === 0) return
    const bytes = messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
    this.count = Math.max(1, Math.min(MOST, Math.floor((BYTES * messages.length) / (bytes + 1))))
  }
}
