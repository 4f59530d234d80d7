/** An index of Elasticsearch or of OpenSearch as an endpoint: `elasticsearch://host:9200/index`. */
import type { EndpointModule, SinkDefinition, SourceDefinition } from '../../endpoint-module.js'
import { SearchClient } from './client.js'
import { namingOf } from './naming.js'
import { Patience } from '../patience.js'
import { placeOf, placeOptions } from './place.js'
import { SearchSink } from './sink.js'
import { SearchSource } from './source.js'

/** @param product how the names of environment variables begin that have secrets */
function searchModule(product: string): EndpointModule {
  const common = placeOptions(product)
  const sourceOptions = {
    ...common,
    query: {
      type: 'string',
      isPlace: true,
      description: 'the documents to read: a query as JSON, or as text (status:open AND age:>3)'
    },
    watch: { type: 'duration', description: 'keep looking for new and changed documents, this often' }
  } as const
  const sinkOptions = {
    ...common,
    id: {
      type: 'string',
      default: 'offset',
      description: "a document's id: offset (topic-partition-offset), key, value.NAME, or auto for the server's"
    }
  } as const

  const source: SourceDefinition<typeof sourceOptions> = {
    options: sourceOptions,
    delivery(endpoint) {
      const { index } = placeOf(endpoint)
      if (index.includes('{')) throw new Error(`'${index}' is no index: fields are for sinks`)
      checkQuery(endpoint.options.query)
      return 'resumable'
    },
    async open(context) {
      const { position, options } = context
      const place = placeOf(context)
      const client = await SearchClient.open(place, new Patience(context))
      return SearchSource.open(client, { index: place.index, query: options.query, watch: options.watch }, position)
    }
  }

  const sink: SinkDefinition<typeof sinkOptions> = {
    options: sinkOptions,
    delivery(endpoint) {
      const { id } = endpoint.options
      namingOf(id, placeOf(endpoint).index)
      return id === 'auto' ? 'at-least-once' : 'idempotent'
    },
    async open(context) {
      const place = placeOf(context)
      const { id } = context.options
      const client = await SearchClient.open(place, new Patience(context))
      return new SearchSink(client, namingOf(id, place.index), id !== 'offset' && id !== 'auto')
    }
  }
  return { source, sink }
}

export const elasticsearch = searchModule('ELASTIC')
export const opensearch = searchModule('OPENSEARCH')

/** @throws Error for one that is JSON and cannot be parsed */
function checkQuery(query: string | undefined): void {
  if (!query?.startsWith('{')) return
  try {
    JSON.parse(query)
  } catch (error) {
    throw new Error(`the query is no JSON: ${(error as Error).message}`, { cause: error })
  }
}
