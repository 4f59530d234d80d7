/**
 * One line of progress on stderr's terminal, and nothing anywhere else. ora costs 56 ms to load, so that only who sees it
 * waits for it.
 */
import { isatty } from 'node:tty'
import { oneLine } from './output.js'

export interface Progress {
  show(text: string): void
  /** Wipes the line. May be called more than once. */
  stop(): void
}

const silent: Progress = { show: () => undefined, stop: () => undefined }

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
  return { show: (text) => (spinner.text = oneLine(text)), stop: () => spinner.stop() }
}
