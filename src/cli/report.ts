/**
 * Reports: rows → a table for people, JSON or CSV for programs, with the same columns in every form (cli.md, "Reports").
 * What lays them out is loaded for the form that is wanted.
 */
import { isatty } from 'node:tty'
import { print, printable } from './output.js'

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
  return print(await tableReport(rows, columns, isatty(1)))
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

function json(cell: Cell): string {
  return typeof cell === 'bigint' ? cell.toString() : JSON.stringify(cell)
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

/** @param bold whether the header stands out, on a terminal that shows it */
export async function tableReport<Column extends string>(
  rows: readonly Row<Column>[],
  columns: readonly Column[],
  bold: boolean
): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const nothing = Object.fromEntries(borders.map((name) => [name, '']))
  const isNumber = (name: Column): boolean =>
    rows.every((row) => ['number', 'bigint'].includes(typeof (row[name] ?? 0)))
  const table = new Table({
    head: columns.map((name) => (bold ? `\u001b[1m${name.toUpperCase()}\u001b[22m` : name.toUpperCase())),
    chars: { ...nothing, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map((name) => (isNumber(name) ? 'right' : 'left'))
  })
  for (const row of rows) table.push(columns.map((name) => printable(text(row[name], '-'))))
  return `${table.toString().replace(/ +$/gm, '')}\n`
}

const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle']
]

function text(cell: Cell, unknown: string): string {
  if (cell === null) return unknown
  return typeof cell === 'object' ? cell.join(' ') : String(cell)
}
