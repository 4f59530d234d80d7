/** Text that is drawn over and over in the same place of the terminal on stdout. */
import { isatty } from 'node:tty'
import { printStyled } from './output.js'

/** False where nothing can be drawn twice: a file, a pipe, a dumb terminal. */
export function canRedraw(): boolean {
  return isatty(1) && process.env['TERM'] !== 'dumb' && Boolean(process.stdout.columns)
}

/** The size of a terminal, in characters. */
export interface Size {
  columns: number
  rows: number
}

export class Redraw {
  #lines = 0

  /** Something else was written: the next text goes below it. */
  interrupted(): void {
    this.#lines = 0
  }

  /** Puts `text` where the text before it was. */
  async draw(text: string): Promise<void> {
    const { columns, rows } = process.stdout
    const lines = fit(text.trimEnd().split('\n'), { columns, rows })
    const up = this.#lines > 0 ? `\u001b[${this.#lines}A` : ''
    this.#lines = lines.length
    await printStyled(`${up}\r\u001b[J${lines.join('\n')}\n`)
  }
}

/** As much of the lines as can be moved up over again: none may be wrapped or scrolled away. Pure. */
export function fit(lines: readonly string[], { columns, rows }: Size): string[] {
  const most = Math.max(1, rows - 1)
  const hidden = lines.length - most + 1
  const shown = lines.length > most ? [...lines.slice(0, most - 1), `… ${hidden} more`] : lines
  return shown.map((line) => [...line].slice(0, columns).join(''))
}
