// semantics.md section 8: `N> ` with N = subtask + 1, before each record.
import { expect, test } from '@jest/globals'
import { createFormatter } from '../../../src/formats/index.js'
import { PrefixedFormatter } from '../../../src/formats/prefixed.js'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import { ListRecords } from '../endpoints/list-records.js'

const plain = {
  ...{ fields: null, header: true, delimiter: Buffer.from('\n'), keyDelimiter: null },
  ...{ keyAs: 'string', valueAs: 'string' }
}

async function textOf(format: string, fields: string[] | null, subtask: number): Promise<string> {
  const formatter = new PrefixedFormatter(await createFormatter({ ...plain, format, fields }), subtask)
  const out = new ByteWriter()
  formatter.begin(out)
  const records = new ListRecords([{ value: 'hello' }, { value: 'world!' }])
  while (records.next()) formatter.write(records, out)
  return out.view().toString()
}

test('each record says who wrote it', async () => {
  expect(await textOf('value', null, 1)).toBe('2> hello\n2> world!\n')
  expect(await textOf('csv', ['value'], 0)).toBe('value\n1> hello\n1> world!\n')
})
