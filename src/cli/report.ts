/**
 * Reports: rows → a table for people, JSON or CSV for programs, with the same columns in every form (cli.md, "Reports").
 * What lays them out is loaded for the form that is wanted.
 */
import { isatty } from 'node:tty'
import { escapedInJson, inCell, print, printStyled } from './output.js'

/** Flat on purpose. A bigint stays exact; a list is one cell; null is unknown. */
export type Cell = string | number | bigint | boolean | null | readonly (string | number)[]

export type Row<Column extends string> = Readonly<Record<Column, Cell>>

export type ReportFormat = 'table' | 'json' | 'csv'

/** Writes a report to stdout; rows keep their order. A table of no rows is only its header. */
export async function printReport<Column extends string>(
  rows: readonly Row<Column>[],
  columns: readonly Column[],
  format: ReportFormat
): Promise<void> {
  if (format === 'json') return print(jsonReport(rows, columns))
  if (format === 'csv') return print(await csvReport(rows, columns))
  return printStyled(await tableReport(rows, columns, isatty(1)))
}

/** One array, a row a line. Numbers are numbers whatever their size, so that no offset is rounded here. */
export function jsonReport<Column extends string>(rows: readonly Row<Column>[], columns: readonly Column[]): string {
  const lines = rows.map((row) => `  ${jsonRow(row, columns)}`)
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`
}

/** One row as an object on one line, for a report that goes on. */
export function jsonRow<Column extends string>(row: Row<Column>, columns: readonly Column[]): string {
  return `{${columns.map((name) => `${JSON.stringify(name)}: ${json(row[name])}`).join(', ')}}`
}

/** Of what a terminal obeys, JSON escapes only a part by itself. */
function json(cell: Cell): string {
  return typeof cell === 'bigint' ? cell.toString() : escapedInJson(JSON.stringify(cell))
}

/** RFC 4180, with a header line unless it is not wanted; null is an empty field, a list stands in one. */
export async function csvReport<Column extends string>(
  rows: readonly Row<Column>[],
  columns: readonly Column[],
  header = true
): Promise<string> {
  const { stringify } = await import('csv-stringify/sync')
  return stringify(
    rows.map((row) => columns.map((name) => text(row[name], ''))),
    { header, columns: [...columns] }
  )
}

/** Rows laid out at once: cli-table3 takes four minutes for 25,000 of them, but three milliseconds for these. */
const AT_ONCE = 100

/** @param bold whether the header stands out, on a terminal that shows it */
export async function tableReport<Column extends string>(
  rows: readonly Row<Column>[],
  columns: readonly Column[],
  bold: boolean
): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const isNumber = (name: Column): boolean =>
    rows.every((row) => ['number', 'bigint'].includes(typeof (row[name] ?? 0)))
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [] }
  const nothing = Object.fromEntries(borders.map((name) => [name, '']))
  const colAligns = columns.map((name): 'left' | 'right' => (isNumber(name) ? 'right' : 'left'))
  const options = { chars: { ...nothing, middle: '  ' }, style, colAligns }
  const head = columns.map((name) => (bold ? `\u001b[1m${name.toUpperCase()}\u001b[22m` : name.toUpperCase()))
  const cells = rows.map((row) => columns.map((name) => inCell(text(row[name], '-'))))
  const layOut = (some: string[][], more: object): string => {
    const table = new Table({ ...options, ...more })
    table.push(...some)
    return `${table.toString().replace(/ +$/gm, '')}\n`
  }
  if (cells.length <= AT_ONCE) return layOut(cells, { head })
  const colWidths = columns.map((name, i) => cells.reduce((most, row) => Math.max(most, width(row[i]!)), name.length))
  const parts = [layOut(cells.slice(0, AT_ONCE), { head, colWidths })]
  for (let from = AT_ONCE; from < cells.length; from += AT_ONCE) {
    parts.push(layOut(cells.slice(from, from + AT_ONCE), { colWidths }))
  }
  return parts.join('')
}

/** Columns of a terminal, at most: a character takes one or two. */
function width(cell: string): number {
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(cell) ? cell.length : cell.length * 2
}

const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle']
]

function text(cell: Cell, unknown: string): string {
  if (cell === null) return unknown
  return typeof cell === 'object' ? cell.join(' ') : String(cell)
}
