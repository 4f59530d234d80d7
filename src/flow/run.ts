/**
 * Moves records from one source to one sink until the source ends, the signal is aborted, or something fails. The only
 * place where source and sink meet: back-pressure (a full sink is drained before more is read), line-liveness (an idle
 * source pushes the sink), and the order at the end stand here.
 */
import type { Records } from '../records/records.js'
import type { Sink, Source } from './endpoint.js'
import type { Settling } from './settling.js'

/**
 * Ends with everything that was read written out and acknowledged, and settled where `settling` is given. When something
 * fails, that is still done for what was taken before it; then the failure is thrown. Source and sink are closed in every
 * case.
 */
export async function run(
  source: Source,
  sink: Sink,
  signal: AbortSignal,
  settling: Settling | null = null
): Promise<void> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  void sink.failed.then(abort)
  const finish = (): Promise<void> => (settling ? settling.settle(true) : sink.flush())
  try {
    settling?.start()
    await pump(source, sink, stop.signal, settling)
    await finish()
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

async function pump(source: Source, sink: Sink, signal: AbortSignal, settling: Settling | null): Promise<void> {
  for (;;) {
    const records = await source.read(signal)
    if (records === null) return
    if (typeof records === 'string') {
      await settling?.settle(records === 'surrender')
      continue
    }
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
