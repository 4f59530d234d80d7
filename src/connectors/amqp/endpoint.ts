/** RabbitMQ: queues and exchanges as endpoints, by AMQP 0-9-1. */
import type { EndpointModule, SinkDefinition, SourceDefinition } from '../../endpoint-module.js'
import { brokerOf, checkSink, checkSource, sinkOptions, sourceOptions } from './options.js'
import { openSink } from './sink.js'
import { openSource } from './source.js'

export function amqpEndpoint(protocol: 'amqp' | 'amqps'): EndpointModule {
  const source: SourceDefinition<typeof sourceOptions> = {
    options: sourceOptions,
    delivery(endpoint) {
      brokerOf(protocol, endpoint.address, endpoint.options)
      checkSource(endpoint)
      // A queue of its own goes with its connection.
      return endpoint.options.queue === undefined ? 'at-most-once' : 'at-least-once'
    },
    open: (context) => openSource(brokerOf(protocol, context.address, context.options), context)
  }
  const sink: SinkDefinition<typeof sinkOptions> = {
    options: sinkOptions,
    delivery(endpoint) {
      brokerOf(protocol, endpoint.address, endpoint.options)
      checkSink(endpoint)
      return 'at-least-once'
    },
    open: (context) => openSink(brokerOf(protocol, context.address, context.options), context)
  }
  return { source, sink }
}
