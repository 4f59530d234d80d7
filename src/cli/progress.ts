/**
 * One line of progress on stderr's terminal, and nothing anywhere else. ora costs 56 ms to load, so that only who sees it
 * waits for it.
 */
import { isatty } from 'node:tty'
import { interval, whole } from './human.js'

export interface Progress {
  /** @param records so far, in all · @param bytes so far, in all, where they are counted */
  update(records: number, bytes?: number): void
  /** Wipes the line. May be called more than once. */
  stop(): void
}

const silent: Progress = { update: () => undefined, stop: () => undefined }

/** The rate is that of the last second or more: an average since the start would hide that nothing moves any more, ms. */
const window = 1000

/**
 * @param verb what is going on, as in `produce`
 * @param wanted false: never; true or undefined: where stderr is a terminal
 */
export async function openProgress(verb: string, wanted: boolean | undefined): Promise<Progress> {
  if (wanted === false || !isatty(2)) return silent
  // ora divides by the width, and clears infinitely many lines of a terminal that has none (`script` in a CI job).
  // A dumb terminal cannot wipe a line.
  if (!process.stderr.columns || process.env['TERM'] === 'dumb') return silent
  const { default: ora } = await import('ora')
  // Its other habits are for prompts: the data may come from the terminal, and Ctrl-C is ours. It would show nothing
  // where `CI` is set, though whoever set it looks at this terminal.
  const options = { stream: process.stderr, text: verb, isEnabled: true, discardStdin: false, hideCursor: false }
  const spinner = ora(options).start()
  const describe = progressText(verb, Date.now())
  return {
    update: (records, bytes) => (spinner.text = describe(records, bytes, Date.now())),
    stop: () => spinner.stop()
  }
}

/** The text of the line. Times are in milliseconds. */
export function progressText(
  verb: string,
  start: number
): (records: number, bytes: number | undefined, now: number) => string {
  let [since, before, rate] = [start, 0, 0]
  return (records, bytes, now) => {
    if (now - since >= window) {
      rate = ((records - before) * 1000) / (now - since)
      ;[since, before] = [now, records]
    } else if (since === start && now > start) {
      rate = (records * 1000) / (now - start)
    }
    const size = bytes === undefined ? '' : `, ${(bytes / 1e6).toFixed(1)} MB`
    return `${verb}: ${whole(records)} records${size} in ${interval(now - start)}, ${whole(rate)}/s`
  }
}
