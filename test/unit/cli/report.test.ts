import { expect, test } from '@jest/globals'
import { csvReport, jsonReport, tableReport } from '../../../src/cli/report.js'

const columns = ['topic', 'end', 'lag', 'replicas'] as const
const rows = [
  { topic: 'a', end: 9223372036854775807n, lag: 5, replicas: [1, 2] },
  { topic: 'b, "c"\u001b[31m', end: 0n, lag: null, replicas: [] }
]

test('JSON: one array, numbers exact', () => {
  const text = jsonReport(rows, columns)
  expect(text).toContain('"end": 9223372036854775807,')
  expect(JSON.parse(text)).toEqual([
    { topic: 'a', end: expect.any(Number), lag: 5, replicas: [1, 2] },
    { topic: 'b, "c"\u001b[31m', end: 0, lag: null, replicas: [] }
  ])
  expect(jsonReport([], columns)).toBe('[]\n')
})

test('CSV: the same names in its header, RFC 4180', async () => {
  expect(await csvReport(rows, columns)).toBe(
    'topic,end,lag,replicas\na,9223372036854775807,5,1 2\n"b, ""c""\u001b[31m",0,,\n'
  )
  expect(await csvReport([], columns)).toBe('topic,end,lag,replicas\n')
})

test('a table: numbers to the right, unknown as a dash, nothing that a terminal obeys', async () => {
  expect(await tableReport(rows, columns, false)).toBe(
    [
      'TOPIC                           END  LAG  REPLICAS',
      'a               9223372036854775807    5  1 2',
      'b, "c"\\x1b[31m                    0    -',
      ''
    ].join('\n')
  )
  expect(await tableReport([], ['group', 'lag'], false)).toBe('GROUP  LAG\n')
  expect(await tableReport([], ['group'], true)).toContain('\u001b[1m')
})

test('a long table keeps its columns from the first row to the last, and is laid out in time', async () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ group: i === 4000 ? 'größer' : 'g', lag: 10 ** (i % 9) }))
  const lines = (await tableReport(many, ['group', 'lag'], false)).trimEnd().split('\n')
  expect(lines).toHaveLength(5001)
  expect(new Set(lines.map((line) => line.length)).size).toBe(1)
  expect([lines[0], lines[2], lines[4001]].map((line) => line!.replace(/ +/g, ' '))).toEqual([
    'GROUP LAG',
    'g 10',
    'größer 10000'
  ])
})
