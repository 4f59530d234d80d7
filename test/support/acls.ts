/** Rights on a broker that has an authorizer and allows everything else. */
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs'
import { bootstrap, withAdmin } from './broker.js'
import { until } from './long-runs.js'

/** Lets everybody see something and nobody change it: a group without commits, a topic without writing. */
export async function allowOnlyDescribe(
  type: 'GROUP' | 'TOPIC' | 'TRANSACTIONAL_ID',
  name: string,
  server = bootstrap,
  principal = 'User:ANONYMOUS'
): Promise<void> {
  const acl = {
    ...{ resourceType: AclResourceTypes[type], resourceName: name, principal, host: '*' },
    ...{ operation: AclOperationTypes.DESCRIBE, permissionType: AclPermissionTypes.ALLOW },
    resourcePatternType: ResourcePatternTypes.LITERAL
  }
  await withAdmin(async (admin) => {
    await admin.createAcls({ acl: [acl] })
    // Brokers hear of it in their own time.
    await until(async () => (await admin.describeAcls(acl)).resources.length > 0)
  }, server)
}
