/**
 * The endpoints that are modules of our own, by their schemes: a line each. What stands in one is loaded when its scheme is
 * used, and the client library that it needs is the user's to install: it imports that with `importPackage`.
 */
import type { EndpointModule } from '../endpoint-module.js'
import type { Environment, OracleOpener } from '../endpoints/keyed-lookup.js'

export interface Connector {
  /** What it needs, which may not be there; null: nothing. */
  package: string | null
  load: () => Promise<EndpointModule>
  /** What its options stand behind; a question mark where it is left out. */
  optionsBehind?: '#'
  /** What a URL of `--lookup` asks. Touches nothing. @throws UsageError */
  lookup?: (url: string, environment: Environment) => Promise<OracleOpener>
}

const redis = (tls: boolean): Connector => ({
  package: '@redis/client',
  load: async () => (await import('./redis/redis.js')).redis(tls),
  lookup: async (url, environment) => (await import('./redis/redis-lookup.js')).redisLookup(url, environment, tls)
})

/** What stands behind a question mark is for the server. */
const http = (scheme: 'http' | 'https'): Connector => ({
  package: null,
  optionsBehind: '#',
  load: async () => (await import('./http/http.js')).httpEndpoint(scheme)
})

export const connectors: Readonly<Record<string, Connector>> = {
  amqp: { package: 'amqplib', load: async () => (await import('./amqp/endpoint.js')).amqpEndpoint('amqp') },
  amqps: { package: 'amqplib', load: async () => (await import('./amqp/endpoint.js')).amqpEndpoint('amqps') },
  mysql: {
    package: 'mysql2',
    load: async () => (await import('./sql/mysql.js')).endpoint,
    lookup: async (...asked) => (await import('./sql/mysql.js')).lookup(...asked)
  },
  postgres: {
    package: 'pg',
    load: async () => (await import('./sql/postgres.js')).endpoint,
    lookup: async (...asked) => (await import('./sql/postgres.js')).lookup(...asked)
  },
  sqlite: {
    package: null,
    load: async () => (await import('./sql/sqlite.js')).endpoint,
    lookup: async (...asked) => (await import('./sql/sqlite.js')).lookup(...asked)
  },
  http: http('http'),
  https: http('https'),
  redis: redis(false),
  rediss: redis(true),
  flume: { package: null, load: async () => (await import('./flume/flume.js')).flume },
  elasticsearch: { package: null, load: async () => (await import('./search/search.js')).elasticsearch },
  opensearch: { package: null, load: async () => (await import('./search/search.js')).opensearch }
}
