/**
 * What looks at lag as long as it is let: the rows for whoever watches, a page with the curves in a file, and a server.
 * They share each look.
 */
import type { Address } from '../kafka/wire.js'
import { followLag } from './lag-follow.js'
import { LagHistory } from './lag-history.js'
import type { LagReader } from './lag-reader.js'
import type { LagReport } from './lag-rows.js'

export interface WatchOptions {
  /** Milliseconds from one look to the next. */
  interval: number
  /** Milliseconds after which it ends by itself; null: never. */
  timeout: number | null
  show: ((report: LagReport) => Promise<void>) | null
  /** The file of the page. */
  history: string | null
  listen: Address | null
  notice: (text: string) => void
}

/** Ends with the signal or the timeout. */
export async function watchLag(reader: LagReader, options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { interval, timeout, show, history: file, listen, notice } = options
  const history = new LagHistory(interval)
  let read = (): Promise<LagReport> => reader.read(signal)
  let close = (): void => undefined
  if (listen) {
    const { shared, startLagServer } = await import('./lag-server.js')
    read = shared(read)
    const server = await startLagServer({ listen, read, history: () => history.data })
    notice(`listening on ${server.url}/ and ${server.url}/metrics`)
    close = () => server.close()
  }
  const observe = async (report: LagReport): Promise<void> => {
    history.add(report)
    await show?.(report)
    if (file !== null) await (await import('./lag-page.js')).writeLagPage(file, history.data)
  }
  try {
    await followLag({ read }, { interval, timeout, observe, notice }, signal)
  } finally {
    close()
  }
}
