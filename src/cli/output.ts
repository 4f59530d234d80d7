/**
 * Text for the terminal: the one place where the commands and main write to stdout and stderr. It writes to the file
 * descriptors, since process.stdout and process.stderr turn a pipe non-blocking for every process that shares it, and
 * since their writes can be cut off by the end of the process.
 */
import { ReaderGoneError } from '../errors.js'
import { write, writeSync } from './node-fs.js'

/** Text with nothing in it that a terminal would obey: what came from a broker or a file cannot move the cursor. */
export function printable(text: string): string {
  return text.replace(obeyed, (character) => {
    const code = character.charCodeAt(0)
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}

/** Control characters but tab and newline, line separators, and what reverses the direction of writing. */
// eslint-disable-next-line no-control-regex
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** JSON text that reads the same, with nothing in it that a terminal would obey. */
export function escapedInJson(text: string): string {
  return text.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** One name or value in a table, where a tab or a newline would look like the end of it. */
export function inCell(text: string): string {
  return printable(text).replaceAll('\t', '\\x09').replaceAll('\n', '\\x0a')
}

/** Nobody reads more; a server may send megabytes. */
const LONGEST_LINE = 8000

/** One message, on one line. */
export function oneLine(text: string): string {
  const shown = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text
  return printable(
    shown
      .trim()
      .replace(/\s*[\r\n]+\s*/g, ' ')
      .replaceAll('\t', ' ')
  )
}

/** A line on stderr, or nothing when nobody listens there: a lost notice is not worth a failure. */
export function say(text: string): void {
  const line = printable(text)
  try {
    // On a terminal by its stream, where a line of progress makes way.
    if (isTerminal(2)) process.stderr.write(`${line}\n`)
    else writeAll(2, Buffer.from(`${line}\n`))
  } catch {
    // The reader of stderr is gone, or the disk that it goes to is full.
  }
}

/** Whether a descriptor is a terminal. Not imported: node:tty, with sockets in it, is a tenth of the start of a short run. */
export function isTerminal(fd: number): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd)
}

/** All of the bytes, before it returns: for text so short that a pipe takes it. */
export function writeAll(fd: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length;) {
    try {
      from += writeSync(fd, bytes, from)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') throw new ReaderGoneError('nobody reads it any more')
      if (code !== 'EAGAIN') throw error
      // Somebody made this pipe non-blocking, and its reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/**
 * All of the text on stdout, as it is but for what a terminal there would obey; resolves when it is written. Throws
 * ReaderGoneError when nobody reads it any more.
 */
export function print(text: string): Promise<void> {
  return printStyled(isTerminal(1) ? printable(text) : text)
}

/** The same with what a terminal is to obey: all that comes from elsewhere is `inCell` or `oneLine` already. */
export async function printStyled(text: string): Promise<void> {
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length;) from += await writeSome(bytes, from)
}

function writeSome(bytes: Buffer, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(1, bytes, from, (error, written) => {
      if (!error) resolve(written)
      else if (error.code === 'EAGAIN') setTimeout(resolve, 5, 0)
      else if (error.code === 'EPIPE') reject(new ReaderGoneError('nobody reads standard output any more'))
      else reject(error)
    })
  })
}
