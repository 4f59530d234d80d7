/**
 * What holds of every endpoint, as tests that anyone can run against theirs, with node:test or any other runner:
 *
 *     for (const { name, run } of conformance(subject)) test(name, run)
 *
 * They drive a module as a run of `pipe` does. Exported as `sluice-kafka/conformance`.
 */
import type { EndpointModule, Message, SinkDelivery, SourceDelivery } from '../endpoint-module.js'
import { sinkTests } from './sink-tests.js'
import { sourceTests } from './source-tests.js'

/** What is tested, and how a test fills, empties and breaks the system behind it. What is left out is not tested. */
export interface Subject<Place extends TestPlace = TestPlace> {
  endpoint: EndpointModule
  /** What it promises in a place of `prepare`. */
  delivery: { source?: SourceDelivery; sink?: SinkDelivery }
  /** A place of its own for one test: a table, a queue, a topic. Its peer is up. */
  prepare: () => Promise<Place>
  /** Puts records where the source finds them, in this order. */
  fill?: (place: Place, messages: readonly Message[]) => Promise<void>
  /** What the sink has written, in its order. */
  written?: (place: Place) => Promise<readonly Partial<Message>[]>
  /** Stops the system behind the endpoint, and starts it again with what it had. */
  peer?: { stop: (place: Place) => Promise<void>; start: (place: Place) => Promise<void> }
  /** A record that the sink rejects. */
  bad?: Partial<Message>
  /** Endpoints that are wrong usage. */
  wrong?: { source?: readonly TestPlace[]; sink?: readonly TestPlace[] }
  /** Bytes that are more than what may be in memory; 16 MB by default. */
  volume?: number
  release?: (place: Place) => Promise<void>
}

/** An endpoint as it is typed: what stands behind the scheme, and the options. */
export interface TestPlace {
  address?: string
  /** Of the source and of the sink. */
  source?: Readonly<Record<string, string>>
  sink?: Readonly<Record<string, string>>
}

export interface ConformanceTest {
  name: string
  /** Rejects where something does not hold. */
  run: () => Promise<void>
}

export function conformance<Place extends TestPlace>(subject: Subject<Place>): ConformanceTest[] {
  // Each test gives back what it was given by `prepare`.
  const any = subject as unknown as Subject
  const tests = [...(subject.endpoint.source ? sourceTests(any) : []), ...(subject.endpoint.sink ? sinkTests(any) : [])]
  return tests.map(({ name, run }) => ({ name, run }))
}
