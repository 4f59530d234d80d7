// What holds of every endpoint, run against this one: node --test my-endpoint.test.mjs
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { conformance } from 'sluice-kafka/conformance'
import * as endpoint from './my-endpoint.mjs'

/** A database of its own for each test. */
async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'my-endpoint-'))
  const file = join(folder, 'test.db')
  return { folder, file, source: { file, poll: '10ms' }, sink: { file } }
}

async function fill({ file }, messages) {
  const database = new DatabaseSync(file)
  database.exec('create table if not exists records (id integer primary key, key blob, value blob); begin')
  const insert = database.prepare('insert into records (key, value) values (?, ?)')
  for (const { key, value } of messages) insert.run(key, value)
  database.exec('commit')
  database.close()
}

async function written({ file }) {
  const database = new DatabaseSync(file)
  const rows = database.prepare('select value from records order by id').all()
  database.close()
  return rows.map(({ value }) => ({ value: Buffer.from(value) }))
}

const subject = {
  endpoint,
  delivery: { source: 'resumable', sink: 'transactional' },
  ...{ prepare, fill, written },
  bad: { key: Buffer.from('key'), value: null },
  wrong: {
    source: [{ source: {} }, { source: { file: 'x', table: 'no name' } }, { source: { file: 'x', poll: '1' } }],
    sink: [{ sink: {} }]
  },
  release: async ({ folder }) => rmSync(folder, { recursive: true })
}

for (const { name, run } of conformance(subject)) test(name, run)
