/**
 * The cluster behind the bootstrap servers: whether each broker can be reached where it says that it is, how far the
 * clocks are apart, and what we may do.
 */
import { Connection, addressOf } from '../kafka/connection.js'
import { ConnectionError, connectionError } from '../kafka/connection-error.js'
import { KafkaError, kafkaError } from '../kafka/errors.js'
import { Metadata } from '../kafka/metadata.js'
import { describeClusterApi } from '../kafka/requests/describe-cluster.js'
import { describeQuorumApi } from '../kafka/requests/describe-quorum.js'
import type { Broker } from '../kafka/requests/metadata.js'
import type { Settings, Wire } from '../kafka/wire.js'
import { type Check, failed, note, ok, skipped } from './doctor.js'

/** Milliseconds by which clocks may differ unnoticed. */
const TOLERANCE = 1000

export async function* checkCluster(wire: Wire, settings: Settings, signal: AbortSignal): AsyncGenerator<Check> {
  const metadata = new Metadata(wire)
  await metadata.refresh([], signal)
  const { brokers, clusterId } = metadata
  const ids = brokers.map(({ nodeId }) => nodeId).join(', ')
  yield ok(
    'cluster',
    clusterId ?? '',
    brokers.length === 1 ? `one broker, ${ids}` : `${brokers.length} brokers, ${ids}`
  )
  yield* await Promise.all(brokers.map((broker) => checkBroker(broker, settings)))
  yield* await checkClock(wire, signal)
  yield await checkRights(wire, signal)
}

/** Where the broker says that it is: records go there, whatever was used to find the cluster. */
async function checkBroker({ nodeId, host, port }: Broker, settings: Settings): Promise<Check> {
  const subject = `${nodeId}`
  const address = addressOf({ host, port })
  const connection = new Connection(host, port, settings)
  try {
    await connection.opened()
    return ok('broker', subject, `advertises ${address}, which can be reached`)
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    const text = `advertises ${address}, which cannot be reached from here: ${error.reason}`
    const advice =
      'its advertised.listeners has to name an address that its clients can reach, or this machine to know it'
    return failed('broker', subject, text, error.advice ?? advice)
  } finally {
    connection.close(connectionError(address, 'not needed'))
  }
}

/**
 * A broker tells no time, but the leader of the controllers does (DescribeQuorum reports it as caught up now). It was that
 * time somewhere between question and answer.
 */
async function checkClock(wire: Wire, signal: AbortSignal): Promise<Check[]> {
  const asked = Date.now()
  try {
    const { errorCode, leader, leaderTime } = await wire.any(describeQuorumApi, null, { signal })
    const answered = Date.now()
    if (errorCode !== 0) throw kafkaError(errorCode, { operation: 'Describe' })
    const controller = ok('controller', `${leader}`, 'leads')
    if (leaderTime === null) return [controller, ...skipped(['clock'], '', 'Kafka before 3.3 tells no time')]
    return [controller, clockCheck(asked, leaderTime, answered)]
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return skipped(['controller', 'clock'], '', `only the controller tells its time: ${error.message}`)
  }
}

/** All three in milliseconds since the epoch: what our clock said before and after, and what the controller's did between. */
export function clockCheck(asked: number, theirs: number, answered: number): Check {
  const apart = Math.max(asked - theirs, theirs - answered)
  if (apart <= 0) return ok('clock', '', `agrees with the controller's to ${answered - asked + 1} ms`)
  const text = `is ${(apart / 1000).toFixed(3)} s ${asked < theirs ? 'behind' : 'ahead of'} the controller's`
  if (apart <= TOLERANCE) return ok('clock', '', text)
  return note('clock', '', text, 'set both by NTP: @TIME, lag --time and certificates go by them')
}

/** By the code of each operation (org.apache.kafka.common.acl.AclOperation). */
const operations: [code: number, name: string][] = [
  [8, 'Describe'],
  [5, 'Create'],
  [12, 'IdempotentWrite'],
  [10, 'DescribeConfigs'],
  [7, 'Alter'],
  [11, 'AlterConfigs'],
  [9, 'ClusterAction']
]

async function checkRights(wire: Wire, signal: AbortSignal): Promise<Check> {
  try {
    const { errorCode, operations: bits } = await wire.any(describeClusterApi, null, { signal })
    if (errorCode !== 0) throw kafkaError(errorCode, { operation: 'Describe' })
    const allowed = operations.filter(([code]) => bits & (1 << code)).map(([, name]) => name)
    if (allowed.length > 0) return ok('rights', '', `on the cluster: ${allowed.join(', ')}`)
    const advice = 'ask for an ACL that allows Describe on the cluster, if you want to see all of them'
    return note('rights', '', 'only groups on which there is a right to Describe can be listed', advice)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return skipped(['rights'], '', error.message)[0]!
  }
}
