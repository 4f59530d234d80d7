/**
 * Which Kafka the tests run against: that of SLUICE_TEST_KAFKA, else the sandbox's own. Without jest, which is not there yet
 * when the broker is started.
 */

/** Kafka's version, `X.Y.Z`; undefined: the sandbox's own. */
export const kafkaVersion = process.env['SLUICE_TEST_KAFKA'] || undefined

/** Whether Kafka is of this version or a later one. */
export function isSince(version: string): boolean {
  return kafkaVersion === undefined || kafkaVersion.localeCompare(version, 'en', { numeric: true }) >= 0
}

/** The broker's class for ACLs. */
export const aclAuthorizer = isSince('3.3')
  ? 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
  : 'kafka.security.authorizer.AclAuthorizer'
