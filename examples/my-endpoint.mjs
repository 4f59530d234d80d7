// A table of SQLite as an endpoint of `sluice pipe`, for a start of your own (docs/guides/own-endpoint.md):
//   sluice pipe './my-endpoint.mjs?file=shop.db&table=orders' kafka:orders
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

const place = {
  file: { type: 'string', required: true, isPlace: true, description: 'the database' },
  table: { type: 'string', default: 'records', isPlace: true, description: 'the table' }
}

/** What is thrown here is wrong usage. */
function checkTable({ options: { table } }) {
  if (!/^\w+$/.test(table)) throw new Error(`'${table}' is no name of a table`)
}

function openTable({ file, table }) {
  const database = new DatabaseSync(file)
  database.exec(`create table if not exists ${table} (id integer primary key, key blob, value blob)`)
  return database
}

const bytes = (column) => (column === null ? null : Buffer.from(column))

/** @type {import('sluice-kafka/endpoint').SourceDefinition} */
export const source = {
  options: {
    ...place,
    poll: { type: 'duration', default: 1000, description: 'how often to look for new rows' },
    exit: { type: 'boolean', description: 'end at the last row' }
  },

  // Rows are only added, and read by their growing id: from there on the same ones come again.
  delivery(endpoint) {
    checkTable(endpoint)
    return 'resumable'
  },

  async open({ options, position }) {
    const database = openTable(options)
    const rows = database.prepare(`select id, key, value from ${options.table} where id > ? order by id limit 1000`)
    rows.setReadBigInts(true)
    let last = position ?? 0n
    return {
      async read(signal) {
        const found = rows.all(last)
        if (found.length === 0 && options.exit) return null
        // Ends with an AbortError when the run is to end.
        if (found.length === 0) await delay(options.poll, undefined, { signal })
        last = found.at(-1)?.id ?? last
        const messages = found.map(({ key, value }) => ({ key: bytes(key), value: bytes(value) }))
        return { messages, position: last, idle: found.length < 1000 }
      },

      async close() {
        database.close()
      }
    }
  }
}

/** @type {import('sluice-kafka/endpoint').SinkDefinition} */
export const sink = {
  options: place,

  delivery(endpoint) {
    checkTable(endpoint)
    return 'transactional'
  },

  // Without `checkpoint` nobody asks for exactly-once, and each batch is a transaction of its own.
  async open({ options, checkpoint }) {
    const database = openTable(options)
    database.exec('create table if not exists sluice_checkpoint (name text primary key, text text)')
    const insert = database.prepare(`insert into ${options.table} (key, value) values (?, ?)`)
    const load = database.prepare('select text from sluice_checkpoint where name = ?')
    const keep = database.prepare('insert or replace into sluice_checkpoint values (?, ?)')
    let isOpen = false
    const begin = () => {
      if (!isOpen) database.exec('begin immediate')
      isOpen = true
    }
    const commit = () => {
      database.exec('commit')
      isOpen = false
    }
    return {
      async write(messages) {
        begin()
        const rejected = []
        for (const [index, { key, value }] of messages.entries()) {
          if (value === null) rejected.push({ index, reason: 'a row needs a value' })
          else insert.run(key, value)
        }
        if (checkpoint === null) commit()
        return rejected
      },

      transaction: {
        async restored() {
          return load.get(checkpoint)?.text ?? null
        },

        async commit(text) {
          begin()
          keep.run(checkpoint, text)
          commit()
        }
      },

      // What was not committed is taken back.
      async close() {
        database.close()
      }
    }
  }
}
