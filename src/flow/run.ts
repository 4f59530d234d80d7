/**
 * Moves records from one source to one sink until the source ends, the signal is aborted, or something fails. The only
 * place where source and sink meet: back-pressure (a full sink is drained before more is read), line-liveness (an idle
 * source pushes the sink), bad records, and the order at the end stand here.
 */
import { BadRecordError } from '../errors.js'
import type { Records } from '../records/records.js'
import type { Sink, Source } from './endpoint.js'
import type { Settling } from './settling.js'

/** What becomes of a record that cannot be read or written as asked. */
export interface BadRecords {
  /** Whether the run goes on without it. */
  readonly goesOn: boolean
  /** Takes the record at the cursor. Throws where it cannot. @param error says where it stands */
  take(error: Error, records: Records): void
}

export interface Run {
  source: Source
  sink: Sink
  /** What keeps how far the run is; null: nothing does, and a run that fails makes nothing final. */
  settling: Settling | null
  bad: BadRecords
}

/**
 * Ends with everything that was read written out and acknowledged, and settled where `settling` is given. When something
 * fails, that is still done for what was taken before it; then the failure is thrown. Source and sink are closed in every
 * case.
 */
export async function run({ source, sink, settling, bad }: Run, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  void sink.failed.then(abort)
  const finish = (): Promise<void> => (settling ? settling.settle(true) : sink.flush())
  try {
    settling?.start()
    await pump({ source, sink, settling, bad }, stop.signal)
    await finish()
    if (!settling) await sink.commit()
  } catch (error) {
    await finish().catch(() => undefined)
    throw error
  } finally {
    settling?.stop()
    signal.removeEventListener('abort', abort)
    await source.close()
    await sink.close()
  }
}

async function pump({ source, sink, settling, bad }: Run, signal: AbortSignal): Promise<void> {
  for (;;) {
    const records = await source.read(signal)
    if (records === null) return
    if (typeof records === 'string') {
      await settling?.settle(records === 'surrender')
      continue
    }
    while (!take(source, sink, records, bad)) {
      await sink.drain()
      if (!sink.isSlow) continue
      // A chunk may be work for hours.
      if (signal.aborted) return
      if (settling?.due) await settling.settle(false)
    }
    if (source.idle) sink.push()
  }
}

/** What `write` throws is about the record at hand, so the source can say where that stands. */
function take(source: Source, sink: Sink, records: Records, bad: BadRecords): boolean {
  for (;;) {
    try {
      return sink.write(records)
    } catch (error) {
      if (!bad.goesOn || !(error instanceof BadRecordError)) throw source.locate(error)
      give(source.locate(error, true) as Error, records, source, bad)
    }
  }
}

/** One that nobody takes counts as not taken. */
function give(error: Error, records: Records, source: Source, bad: BadRecords): void {
  try {
    bad.take(error, records)
  } catch (failure) {
    source.locate(error)
    throw failure
  }
}
