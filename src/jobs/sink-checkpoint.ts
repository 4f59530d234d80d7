/**
 * The checkpoint of a run whose sink keeps it itself, in the transaction of the records (a database). What the sink has
 * counts, whatever the file says: a crash can come between the two. The file is written all the same, for people and `lag`.
 */
import { ModuleName } from '../endpoints/module-name.js'
import type { EndpointSink, Transaction } from '../endpoint-module.js'
import { type Checkpoint, checkpointText, parseCheckpoint } from '../flow/checkpoint.js'
import { CheckpointFile } from '../flow/checkpoint-file.js'
import { claimCheckpoint } from '../flow/claim.js'
import { FailedError } from '../errors.js'
import { Keeping } from './keeping.js'
import { type ModuleSinkOptions, openEndpointSink } from './module-endpoints.js'

export class SinkCheckpoint {
  readonly keeping: Keeping
  /** Already open, since it says where to go on. */
  readonly sink: EndpointSink
  readonly #transaction: Transaction
  #next: string | null = null
  #committed: string | null

  /** Throws a FailedError for a checkpoint that cannot be had or read. */
  static async open(
    path: string,
    options: ModuleSinkOptions,
    notice: (text: string) => void,
    signal: AbortSignal
  ): Promise<{ kept: SinkCheckpoint; close: () => Promise<void> }> {
    const giveUp = await claimCheckpoint(path)
    let sink: EndpointSink | null = null
    const close = async (): Promise<void> => {
      giveUp()
      await sink?.close().catch(() => undefined)
    }
    try {
      const name = new ModuleName(options.endpoint.name, options.secrets)
      const opened = (sink = await openEndpointSink(options, notice, signal))
      const { transaction } = opened
      if (!transaction) throw new FailedError(`${String(name)} has no transactions, though it is transactional`)
      sink = closedOnce(opened, transaction)
      const text = await name.call(() => transaction.restored())
      const restored = text === null ? null : parsed(text, name)
      return { kept: new SinkCheckpoint(path, sink, transaction, restored, text), close }
    } catch (error) {
      await close()
      throw error
    }
  }

  private constructor(
    path: string,
    sink: EndpointSink,
    transaction: Transaction,
    restored: Checkpoint | null,
    text: string | null
  ) {
    const file = new CheckpointFile(path)
    this.sink = sink
    this.#transaction = transaction
    this.#committed = text
    this.keeping = new Keeping(path, restored, async (checkpoint) => {
      this.#next = checkpointText(checkpoint)
      await file.write(checkpoint)
    })
  }

  /** Makes what was written final, together with the checkpoint that was written last. */
  async commit(): Promise<void> {
    // Where nothing was read, nothing was written.
    if (this.#next === null || this.#next === this.#committed) return
    await this.#transaction.commit(this.#next)
    this.#committed = this.#next
  }
}

function parsed(text: string, name: ModuleName): Checkpoint {
  try {
    return parseCheckpoint(text)
  } catch (error) {
    const what = `${String(name)} has a checkpoint that cannot be used: ${(error as Error).message}`
    throw new FailedError(what, 'remove it there to start anew', { cause: error })
  }
}

/** By whoever comes first: the run, or who opened it before there was one. */
function closedOnce(sink: EndpointSink, transaction: Transaction): EndpointSink {
  const { batch = {}, concurrency = 1 } = sink
  let closing: Promise<void> | null = null
  return {
    ...{ batch, concurrency, transaction },
    write: (messages) => sink.write(messages),
    close: () => (closing ??= sink.close())
  }
}
