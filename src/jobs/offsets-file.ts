/**
 * The CSV in which Kafka's own tool keeps offsets: `topic,partition,offset`, with `group` in front where there are several
 * groups, and no header line. Reading is lenient (a header, blank lines, either width), and says where a row is wrong.
 */
import { counted } from '../counted.js'
import { openInput } from '../endpoints/input.js'
import { FailedError } from '../errors.js'
import { CsvRows } from '../formats/csv-rows.js'
import type { Target } from './offsets-plan.js'

/** A row, and the line that it stands on. */
export interface FileRow extends Target {
  line: number
}

export interface OffsetsFile {
  /** For errors: `standard input`, or the path. */
  name: string
  rows: FileRow[]
}

/** Far more than the offsets of the largest cluster. */
const LARGEST = 1 << 28
const COMMA = 0x2c
const BYTE_ORDER_MARK = '\ufeff'
const COLUMNS = ['topic', 'partition', 'offset']

/**
 * @param group whose offsets they are; null: as the file says
 * @throws FailedError that names the line
 */
export async function readOffsetsFile(path: string, group: string | null, signal: AbortSignal): Promise<OffsetsFile> {
  const { name, bytes } = await readAll(path, signal)
  return { name, rows: parseOffsets(bytes, name, group) }
}

async function readAll(path: string, signal: AbortSignal): Promise<{ name: string; bytes: Buffer }> {
  const input = await openInput(path)
  const chunks: Buffer[] = []
  try {
    for (let size = 0; size < LARGEST;) {
      const chunk = Buffer.allocUnsafe(1 << 16)
      const count = await input.read(chunk, 0, signal)
      signal.throwIfAborted()
      if (count === 0) return { name: input.name, bytes: Buffer.concat(chunks) }
      chunks.push(chunk.subarray(0, count))
      size += count
    }
    throw new FailedError(`${input.name} is too large for a list of offsets`)
  } finally {
    await input.close()
  }
}

/** The rows of such a file. @param file its name, for errors */
export function parseOffsets(bytes: Buffer, file: string, group: string | null): FileRow[] {
  const rows: FileRow[] = []
  const lines = new Map<string, number>()
  let width: number | null = null
  for (const { cells, line } of cellsOf(bytes, file)) {
    const error = (what: string, advice?: string): FailedError => fileError(file, line, what, advice)
    if (cells.length === 1 && cells[0]!.trim() === '') continue
    if (cells.length !== (width ?? cells.length) || (cells.length !== 3 && cells.length !== 4)) {
      const expected = width ?? '3 or 4'
      throw error(
        `${counted(cells.length, 'column')} where ${expected} belong`,
        'write [GROUP,]TOPIC,PARTITION,OFFSET in each line'
      )
    }
    if (width === null && isHeader(cells)) {
      width = cells.length
      continue
    }
    width = cells.length
    const row = { ...rowOf(cells, group, error), line }
    const key = `${row.topic} ${row.partition} ${row.group}`
    const earlier = lines.get(key)
    if (earlier !== undefined) throw error(`${row.topic} [${row.partition}] stands in line ${earlier} already`)
    lines.set(key, line)
    rows.push(row)
  }
  if (rows.length === 0) throw new FailedError(`there are no offsets in ${file}`, undefined, { place: { file } })
  return rows
}

export function fileError(file: string, line: number, what: string, advice?: string): FailedError {
  return new FailedError(`${file}:${line}: ${what}`, advice, { place: { file, line } })
}

function* cellsOf(bytes: Buffer, file: string): Generator<{ cells: string[]; line: number }> {
  const text = new CsvRows(COMMA, Buffer.from('\n'))
  const start = bytes.toString('utf8', 0, 3) === BYTE_ORDER_MARK ? 3 : 0
  text.feed(bytes, start, bytes.length, true)
  for (;;) {
    const outcome = text.next()
    if (outcome === 'more') return
    if (outcome !== 'row') throw fileError(file, text.line, outcome.problem, outcome.advice)
    const cells = Array.from({ length: text.count }, (_, cell) => {
      const quoted = bytes.toString('utf8', text.start(cell), text.end(cell))
      return text.isPlain(cell) ? quoted : quoted.replaceAll('""', '"')
    })
    yield { cells, line: text.line }
  }
}

function isHeader(cells: string[]): boolean {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  return COLUMNS.every((name, place) => names[names.length - 3 + place] === name)
}

type MakeError = (what: string, advice?: string) => FailedError

function rowOf(cells: string[], only: string | null, error: MakeError): Target {
  const [topic, partition, offset] = cells.slice(-3).map((cell) => cell.trim()) as [string, string, string]
  const named = cells.length === 4 ? cells[0]! : null
  if (only !== null && named !== null && named !== only) {
    throw error(`these are offsets of group "${named}", not "${only}"`, 'name no group, or the one that the file is of')
  }
  const group = named ?? only
  if (group === null) throw error('there is no group in it', 'name the group before the file')
  if (group === '') throw error('the group is empty')
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic)) throw error(`'${topic}' is no topic`)
  return {
    group,
    topic,
    partition: Number(whole(partition, 2n ** 31n - 1n, 'partition', error)),
    offset: whole(offset, 2n ** 63n - 1n, 'offset', error)
  }
}

function whole(text: string, max: bigint, what: string, error: MakeError): bigint {
  if (!/^\d{1,19}$/.test(text)) throw error(`'${text}' is no ${what}`, 'it is a number, 0 or more')
  const value = BigInt(text)
  if (value > max) throw error(`${what} ${text} is too large`, `at most ${max}`)
  return value
}
