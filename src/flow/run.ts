/**
 * Moves records from one source to one sink until the source ends, the signal is aborted, or something fails. The only
 * place where source and sink meet: back-pressure (a full sink is drained before more is read), line-liveness (an idle
 * source pushes the sink), and the order at the end stand here.
 */
import type { Records } from '../records/records.js'
import type { Sink, Source } from './endpoint.js'

/**
 * Ends with everything that was read written out and acknowledged. When something fails, what was taken before it is
 * still flushed; then the failure is thrown. Source and sink are closed in every case.
 */
export async function run(source: Source, sink: Sink, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  void sink.failed.then(abort)
  try {
    await pump(source, sink, stop.signal)
    await sink.flush()
  } catch (error) {
    await sink.flush().catch(() => undefined)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    await source.close()
    await sink.close()
  }
}

async function pump(source: Source, sink: Sink, signal: AbortSignal): Promise<void> {
  for (;;) {
    const records = await source.read(signal)
    if (records === null) return
    while (!take(source, sink, records)) await sink.drain()
    if (source.idle) sink.push()
  }
}

/** What `write` throws is about the record at hand, so the source can say where that stands. */
function take(source: Source, sink: Sink, records: Records): boolean {
  try {
    return sink.write(records)
  } catch (error) {
    throw source.locate(error)
  }
}
