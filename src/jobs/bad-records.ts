/**
 * What becomes of bad records: they end the run, are left out, or go to a sink of their own.
 */
import type { Sink } from '../flow/endpoint.js'
import type { BadRecords } from '../flow/run.js'
import { type SinkContext, type SinkOptions, openSink } from './open-sink.js'
import type { Totals } from './totals.js'

/** The name is the sink's, as the user has it. */
export type OnError = 'fail' | 'skip' | { deadLetter: SinkOptions; name: string }

export interface OpenBadRecords extends BadRecords {
  /** The sink of the run, which is done only when the bad records are. */
  around(sink: Sink): Sink
  /** So far. */
  totals(): Pick<Totals, 'skipped' | 'deadLetters'>
  close(): void
}

export async function openBadRecords(
  onError: OnError,
  context: SinkContext,
  signal: AbortSignal
): Promise<OpenBadRecords> {
  if (typeof onError === 'string') return new SkippedRecords(onError === 'skip', context.notice)
  // Where they stand in the run is not kept: after a crash some may be there twice. Subtasks have them in common.
  const own = { keeping: null, share: null, begin: () => Promise.resolve() }
  const opened = await openSink(onError.deadLetter, { ...context, ...own }, signal)
  const { DeadLetters, SinkWithDeadLetters } = await import('../flow/dead-letters.js')
  const letters = new DeadLetters(opened.sink)
  return {
    goesOn: true,
    take: (error, records) => letters.take(error, records),
    around: (sink) => new SinkWithDeadLetters(sink, letters),
    totals: () => ({ skipped: 0, deadLetters: letters.count }),
    close: () => opened.close()
  }
}

class SkippedRecords implements OpenBadRecords {
  readonly goesOn: boolean
  readonly #notice: (text: string) => void
  #count = 0

  constructor(goesOn: boolean, notice: (text: string) => void) {
    this.goesOn = goesOn
    this.#notice = notice
  }

  take(error: Error): void {
    this.#count++
    this.#notice(`skipped: ${error.message}`)
  }

  around(sink: Sink): Sink {
    return sink
  }

  totals(): Pick<Totals, 'skipped' | 'deadLetters'> {
    return { skipped: this.#count, deadLetters: 0 }
  }

  close(): void {}
}
