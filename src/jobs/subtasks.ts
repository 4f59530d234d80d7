/**
 * A pipe as several subtasks, each the whole pipe on a thread of its own, with its own connections and its share of what
 * is read. Here is what there is once: the checkpoint, the standard streams, what is said, the signal, and the end. The
 * first failure ends all of them, after they have settled what they have read.
 */
import { randomUUID } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { prepareFolder } from '../endpoints/output-folder.js'
import { FailedError } from '../errors.js'
import type { Checkpoint } from '../flow/checkpoint.js'
import { CheckpointFile, readCheckpoint } from '../flow/checkpoint-file.js'
import { claimCheckpoint } from '../flow/claim.js'
import { CheckpointParts } from '../flow/checkpoint-parts.js'
import type { Position } from '../flow/endpoint.js'
import type { Share } from '../flow/subtask.js'
import { keyOf } from '../kafka/topic-partition.js'
import type { FromSubtask, Question, ToSubtask } from './main-thread.js'
import type { FileOutput } from './open-sink.js'
import { type PipeOptions, readyText, requireFormats } from './pipe.js'
import { SharedStreams } from './shared-streams.js'
import { errorOf, isAbort } from './subtask-failure.js'
import { type Totals, afterSending, noTotals, sum, tellTotals } from './totals.js'

export interface SubtasksOptions {
  parallelism: number
  /** What a thread runs. */
  entry: URL
  /** What it plans from, to the same result as here. */
  given: unknown
  plan: Omit<PipeOptions, 'progress' | 'notice' | 'verbose'>
  progress: (totals: Totals) => void
  notice: (text: string) => void
  verbose: (text: string) => void
}

/** What a thread is given. */
export interface SubtaskData {
  share: Share
  given: unknown
  checkpoint: string | null
  restored: Checkpoint | null
  /** What transactional ids begin with, where nobody says: the same for all. */
  transactionalId: string
}

/** Resolves with what all of them did. */
export async function runSubtasks(options: SubtasksOptions, signal: AbortSignal): Promise<Totals> {
  const { plan, parallelism } = options
  const { checkpoint } = plan
  const file = fileOf(plan)
  await requireFormats(plan)
  const giveUp = checkpoint === null ? null : await claimCheckpoint(checkpoint)
  try {
    const restored = checkpoint === null ? null : await readCheckpoint(checkpoint)
    if (file) await prepareFolder(file.file, restored || file.roll ? 'append' : file.mode, parallelism)
    const totals = await runAll(options, restored, signal)
    tellTotals(totals, { ...options, onError: plan.onError })
    return totals
  } finally {
    giveUp?.()
  }
}

async function runAll(options: SubtasksOptions, restored: Checkpoint | null, signal: AbortSignal): Promise<Totals> {
  const subtasks = new Subtasks(options, restored)
  try {
    await subtasks.run(restored, signal)
  } catch (error) {
    throw afterSending(subtasks.totals, error)
  }
  return subtasks.totals
}

/** The file to write to, which becomes a folder; null: something else. */
function fileOf({ sink }: SubtasksOptions['plan']): FileOutput | null {
  return sink.kind === 'text' && typeof sink.output === 'object' && 'file' in sink.output ? sink.output : null
}

interface Subtask {
  worker: Worker
  number: number
  /** So far. */
  totals: Totals
  /** It has said so itself. */
  ended: boolean
  /** Waits for the others, to begin with them. */
  ready: { start: readonly Position[] | null; answer: (refused: boolean) => void } | null
}

class Subtasks {
  readonly #options: SubtasksOptions
  /** Whether they share what is read as members of a group. */
  readonly #joins: boolean
  readonly #parts: CheckpointParts | null
  readonly #streams = new SharedStreams()
  readonly #subtasks: Subtask[] = []
  /** The partitions that any of them has taken, as a member of a group. */
  readonly #taken = new Set<string>()
  /** How often each subtask has said a text. */
  readonly #said = new Map<string, number[]>()
  #failure: { error: unknown } | null = null
  #begun = false

  constructor(options: SubtasksOptions, restored: Checkpoint | null) {
    const { plan, parallelism } = options
    const { checkpoint } = plan
    const file = fileOf(plan)
    this.#options = options
    this.#joins = plan.source.kind === 'kafka' && plan.source.join
    // Of those that more subtasks had written: another run may go on with them.
    const kept = restored?.outputs.filter((output) => file && dirname(output.file) === resolve(file.file)) ?? []
    const store = checkpoint === null ? null : new CheckpointFile(checkpoint)
    this.#parts = store && new CheckpointParts(parallelism, kept, (whole) => store.write(whole))
  }

  get totals(): Totals {
    return sum(this.#subtasks.map(({ totals }) => totals))
  }

  async run(restored: Checkpoint | null, signal: AbortSignal): Promise<void> {
    const { parallelism, plan, given } = this.#options
    const { checkpoint } = plan
    const transactionalId = restored?.transactions[0]?.prefix ?? `sluice-${randomUUID()}`
    const shares = Array.from({ length: parallelism }, (_, subtask) => ({ subtask, parallelism }))
    const stop = (): void => this.#stop()
    signal.addEventListener('abort', stop, { once: true })
    const ends = shares.map((share) => this.#start({ share, given, checkpoint, restored, transactionalId }))
    if (signal.aborted) stop()
    await Promise.all(ends)
    signal.removeEventListener('abort', stop)
    if (this.#failure) throw this.#failure.error
  }

  /** Resolves when its thread is no more. */
  #start(data: SubtaskData): Promise<void> {
    const worker = new Worker(this.#options.entry, { workerData: data })
    const number = data.share.subtask
    const subtask: Subtask = { worker, number, totals: noTotals(), ended: false, ready: null }
    this.#subtasks.push(subtask)
    let reason = 'it stopped with its work unfinished'
    worker.on('message', (message: FromSubtask) => this.#hear(subtask, message))
    worker.on('error', (error) => (reason = (error as Error).message))
    return new Promise((resolve) => {
      worker.on('exit', () => {
        if (!subtask.ended) {
          const name = `subtask ${number + 1} of ${data.share.parallelism}`
          this.#end(subtask, new FailedError(`the thread of ${name} has died: ${reason}`))
        }
        resolve()
      })
    })
  }

  #hear(subtask: Subtask, message: FromSubtask): void {
    switch (message.kind) {
      case 'notice':
        this.#notice(subtask, message.text)
        break
      case 'verbose':
        this.#options.verbose(message.text)
        break
      case 'progress':
        subtask.totals = message.totals
        this.#options.progress(this.totals)
        break
      case 'head':
        this.#streams.begin(message.stream, message.bytes)
        break
      case 'end':
        subtask.totals = message.totals
        subtask.ended = true
        this.#end(subtask, message.failure && errorOf(message.failure))
        void subtask.worker.terminate()
        break
      default:
        this.#answer(subtask, message)
    }
  }

  #answer(subtask: Subtask, question: Question & { id: number }): void {
    const { id } = question
    const answer = (refused: boolean): void => this.#tell(subtask, { id, refused })
    if (question.kind === 'ready') {
      subtask.ready = { start: question.start, answer }
      this.#begin()
      return
    }
    if (question.kind === 'take') {
      const fresh = question.partitions.filter((partition) => !this.#taken.has(keyOf(partition)))
      for (const partition of fresh) this.#taken.add(keyOf(partition))
      this.#tell(subtask, { id, refused: false, fresh })
      return
    }
    const done =
      question.kind === 'write'
        ? this.#streams.write(question.stream, question.bytes)
        : this.#parts!.put(subtask.number, question.part)
    done.then(
      () => answer(false),
      (error: unknown) => {
        this.#fail(error)
        answer(true)
      }
    )
  }

  /** Lets all begin once all can, so that what comes from now on is missed by none. */
  #begin(): void {
    const { verbose, parallelism } = this.#options
    // A member that reads nothing would not give up what the next one is to have.
    const ready = this.#subtasks.filter((subtask) => subtask.ready !== null)
    const isLost = !this.#begun && this.#subtasks.some(({ ended }) => ended)
    if (!this.#joins && ready.length < parallelism && !isLost && !this.#begun) return
    const starts = ready.map((subtask) => subtask.ready!.start).filter((start) => start !== null)
    if (!isLost && starts.length > 0) verbose(readyText(starts.flat()))
    this.#begun ||= !isLost
    for (const subtask of ready) {
      subtask.ready!.answer(isLost)
      subtask.ready = null
    }
  }

  /** What several say is said once. */
  #notice({ number }: Subtask, text: string): void {
    const counts = this.#said.get(text) ?? new Array<number>(this.#options.parallelism).fill(0)
    // Old news come no more.
    if (this.#said.size >= MANY) this.#said.clear()
    this.#said.set(text, counts)
    const most = Math.max(...counts)
    counts[number]!++
    if (counts[number]! > most) this.#options.notice(text)
  }

  #end(subtask: Subtask, error: unknown): void {
    if (error !== null) this.#fail(error)
    subtask.ended = true
    this.#parts?.end(subtask.number)
    this.#begin()
  }

  #fail(error: unknown): void {
    // One that was ended says less than why.
    if (!this.#failure || isAbort(this.#failure.error)) this.#failure = { error }
    this.#stop()
  }

  #stop(): void {
    for (const subtask of this.#subtasks) this.#tell(subtask, 'end')
  }

  #tell({ worker }: Subtask, message: ToSubtask): void {
    worker.postMessage(message)
  }
}

/** Texts that are remembered. */
const MANY = 1000
