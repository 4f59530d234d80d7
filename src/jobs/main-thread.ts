/**
 * The main thread, as a subtask on a thread of its own sees it: what belongs to the whole pipe (the checkpoint file, the
 * standard streams, signals, what is said) is there once, and asked for by message. See `subtasks.ts` for the other side.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Output } from '../endpoints/output.js'
import type { Checkpoint } from '../flow/checkpoint.js'
import type { Position } from '../flow/endpoint.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import type { Failure } from './subtask-failure.js'
import type { Totals } from './totals.js'

/** What a subtask waits for. */
export type Question =
  | { kind: 'ready'; start: readonly Position[] | null }
  | { kind: 'take'; partitions: readonly TopicPartition[] }
  | { kind: 'checkpoint'; part: Checkpoint }
  | { kind: 'write'; stream: Stream; bytes: Uint8Array }

/** What it says. */
export type Statement =
  | { kind: 'notice' | 'verbose'; text: string }
  | { kind: 'progress'; totals: Totals }
  | { kind: 'head'; stream: Stream; bytes: Uint8Array }
  | { kind: 'end'; totals: Totals; failure: Failure | null }

export type FromSubtask = Statement | (Question & { id: number })

export interface Answer {
  /** It came to nothing. */
  refused: boolean
  /** Of the partitions to take: those that no subtask has had. */
  fresh?: readonly TopicPartition[]
}

/** An answer, or the signal to end. */
export type ToSubtask = ({ id: number } & Answer) | 'end'

export type Stream = 'stdout' | 'stderr'

export class MainThread {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #stop = new AbortController()
  #last = 0

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (message: ToSubtask) => {
      if (message === 'end') this.#stop.abort()
      else this.#waiting.get(message.id)?.(message)
    })
  }

  /** Aborted by a signal to the process, and when another subtask has failed. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Rejects where it came to nothing: what went wrong is known there already. */
  ask(question: Question): Promise<Answer> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id)
        if (answer.refused) reject(new DOMException('the main thread has ended it', 'AbortError'))
        else resolve(answer)
      })
      this.#send({ ...question, id })
    })
  }

  tell(statement: Statement): void {
    this.#send(statement)
  }

  /** Lines of several subtasks stay whole, and their header line is written once. */
  standardOutput(stream: Stream): Output {
    return {
      blocks: false,
      state: null,
      // Copied: a message takes all of the buffer that some bytes are in.
      begin: (head) => this.tell({ kind: 'head', stream, bytes: new Uint8Array(head) }),
      write: async (bytes) => void (await this.ask({ kind: 'write', stream, bytes: new Uint8Array(bytes) })),
      sync: () => Promise.resolve(),
      close: () => Promise.resolve()
    }
  }

  #send(message: FromSubtask): void {
    this.#port.postMessage(message)
  }
}
