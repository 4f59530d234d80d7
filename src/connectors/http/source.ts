/** What a URL answers, as a source: events where its first answer is a stream of them, else what it says at each look. */
import type { EndpointSource, SourceContext } from '../../endpoint-module.js'
import { EventSource } from './event-source.js'
import type { sourceOptions } from './options.js'
import { PolledSource } from './polled-source.js'
import { askHeaders, isEventStream, type Position } from './position.js'
import type { HttpServer } from './server.js'

/** @throws FailedError for an answer that is none */
export async function openSource(
  server: HttpServer,
  context: SourceContext<typeof sourceOptions>
): Promise<EndpointSource> {
  const position = context.position as Position
  const answer = await server.ask({ method: 'GET', headers: askHeaders(position) })
  return isEventStream(answer) ? new EventSource(server, context, answer) : new PolledSource(server, context, answer)
}
