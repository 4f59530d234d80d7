/** HTTP as an endpoint: what a URL answers is read, records are posted to it. */
import type { EndpointModule, SinkDefinition, SourceDefinition } from '../../endpoint-module.js'
import { Patience } from '../patience.js'
import { checkSink, checkSource, sinkOptions, sourceOptions, targetOf } from './options.js'
import { HttpServer } from './server.js'
import { HttpSink } from './sink.js'
import { openSource } from './source.js'

export function httpEndpoint(scheme: 'http' | 'https'): EndpointModule {
  const protocol = `${scheme}:` as const
  const source: SourceDefinition<typeof sourceOptions> = {
    options: sourceOptions,
    delivery(endpoint) {
      targetOf(protocol, endpoint, sourceOptions)
      checkSource(endpoint)
      return 'resumable'
    },
    async open(context) {
      const patience = new Patience(context)
      const server = await HttpServer.open(targetOf(protocol, context, sourceOptions), patience)
      try {
        return await openSource(server, context)
      } catch (error) {
        server.close()
        throw error
      }
    }
  }
  const sink: SinkDefinition<typeof sinkOptions> = {
    options: sinkOptions,
    delivery(endpoint) {
      targetOf(protocol, endpoint, sinkOptions)
      checkSink(endpoint)
      return endpoint.options.idempotent ? 'idempotent' : 'at-least-once'
    },
    async open(context) {
      const patience = new Patience(context)
      return new HttpSink(await HttpServer.open(targetOf(protocol, context, sinkOptions), patience), context.options)
    }
  }
  return { source, sink }
}
