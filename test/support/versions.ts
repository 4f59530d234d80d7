/** What tests need of the Kafka that they run against; the sandbox's own has all of it. */
import { test } from '@jest/globals'
import { isSince } from './kafka-version.js'

/** `needs('4.0')('name', …)`: for what Kafka has from that version on; skipped where it is older. */
export function needs(version: string): typeof test {
  return isSince(version) ? test : (test.skip as typeof test)
}

/** A topic's setting that refuses timestamps further ahead than `ms`; before 3.6 also those that are as far behind. */
export function aheadAtMost(ms: bigint): Record<string, string> {
  return { [isSince('3.6') ? 'message.timestamp.after.max.ms' : 'message.timestamp.difference.max.ms']: `${ms}` }
}
