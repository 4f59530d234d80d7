/** A database as an endpoint: its options checked, then source and sink opened. The same for all of them. */
import type { EndpointModule, OptionSpecs, SinkContext, SourceContext } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { StoredCheckpoint } from './checkpoint.js'
import type { Connection, Dialect } from './database.js'
import { type SinkOptions, type SourceOptions, namesIn, selectOf, sinkSpecs, sourceSpecs } from './options.js'
import { Session } from './session.js'
import { SqlSink } from './sink.js'
import { SqlSource } from './source.js'

/** @param specs options of the connection · @param quote around a name */
export function connectorOf(dialect: Dialect, specs: OptionSpecs, quote = '"'): EndpointModule {
  return {
    source: {
      options: { ...sourceSpecs, ...specs },

      // With a column, the rows behind a value come again in the same order; without one, all come again.
      delivery({ address, options }) {
        dialect.check(address, options as unknown as SourceOptions)
        const { column } = selectOf(options as unknown as SourceOptions, quote)
        return column === null ? 'at-least-once' : 'resumable'
      },

      async open(context: SourceContext) {
        const options = context.options as unknown as SourceOptions
        const session = await Session.open(dialect, context)
        const source = new SqlSource(session, selectOf(options, quote), context.position, options.poll ?? null)
        return orClosed(session, async () => {
          await source.prepare()
          return source
        })
      }
    },
    sink: {
      options: { ...sinkSpecs, ...specs },

      delivery({ address, options }) {
        const { key, fields, ...connection } = options as unknown as SinkOptions
        dialect.check(address, connection)
        namesIn(key, 'key')
        namesIn(fields, 'fields')
        return 'transactional'
      },

      async open(context: SinkContext) {
        const { table: name, ...options } = context.options as unknown as SinkOptions
        const [keys, fields] = [namesIn(options.key, 'key'), options.fields && namesIn(options.fields, 'fields')]
        const checkpoint = context.checkpoint === null ? null : new StoredCheckpoint(context.checkpoint)
        const session = await Session.open(dialect, context)
        return orClosed(session, () =>
          session.once(async (connection) => {
            const columns = await columnsOf(connection, name, [...keys, ...(fields || [])])
            await checkpoint?.prepare(connection)
            return new SqlSink(dialect, session, { name, columns, keys }, fields || null, checkpoint)
          })
        )
      }
    }
  }
}

/** @param wanted columns that are named */
async function columnsOf(
  connection: Connection,
  table: string,
  wanted: readonly string[]
): Promise<ReadonlyMap<string, string>> {
  const columns = await connection.columnsOf(table)
  const missing = wanted.find((name) => !columns.has(name))
  if (missing === undefined) return columns
  throw new FailedError(`the table ${table} has no column ${missing}`, `it has ${[...columns.keys()].join(', ')}`)
}

async function orClosed<T>(session: Session, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare()
  } catch (error) {
    await session.close()
    throw error
  }
}
