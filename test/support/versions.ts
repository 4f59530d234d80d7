/** Which Kafka the tests run against: that of SLUICE_TEST_KAFKA, else the sandbox's own, which has all that they need. */
import { test } from '@jest/globals'

/** Kafka's version, `X.Y.Z`; undefined: the sandbox's own. */
export const kafkaVersion = process.env['SLUICE_TEST_KAFKA'] || undefined

/** Whether Kafka is of this version or a later one. */
export function isSince(version: string): boolean {
  return kafkaVersion === undefined || kafkaVersion.localeCompare(version, 'en', { numeric: true }) >= 0
}

/** `needs('4.0')('name', …)`: for what Kafka has from that version on; skipped where it is older. */
export function needs(version: string): typeof test {
  return isSince(version) ? test : (test.skip as typeof test)
}

/** The broker's class for ACLs. */
export const aclAuthorizer = isSince('3.3')
  ? 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
  : 'kafka.security.authorizer.AclAuthorizer'

/** A topic's setting that refuses timestamps further ahead than `ms`; before 3.6 also those that are as far behind. */
export function aheadAtMost(ms: bigint): Record<string, string> {
  return { [isSince('3.6') ? 'message.timestamp.after.max.ms' : 'message.timestamp.difference.max.ms']: `${ms}` }
}
