/** Topics as a whole: creating one, and the settings a producer must know. */
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import type { Metadata } from './metadata.js'
import { createTopicsApi } from './requests/create-topics.js'
import { describeConfigsApi } from './requests/describe-configs.js'
import { retry } from './retry.js'
import type { Wire } from './wire.js'

/** Milliseconds within which a new topic should have its leaders. */
const PATIENCE = 30_000
const BROKER_DEFAULT = -1
/** Kafka's own default of `max.message.bytes`. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588

/**
 * Creates a topic with the broker's default replication, and waits until every partition has a leader. A topic that
 * someone else has created meanwhile is as good.
 */
export async function createTopic(
  wire: Wire,
  metadata: Metadata,
  topic: string,
  partitions: number | 'default',
  signal?: AbortSignal
): Promise<void> {
  const options = { deadline: PATIENCE, signal }
  const count = partitions === 'default' ? BROKER_DEFAULT : partitions
  const wanted = { name: topic, partitions: count, replicationFactor: BROKER_DEFAULT, configs: [] }
  const args = { topics: [wanted], timeout: PATIENCE }
  const onRetry = (): Promise<void> => metadata.refresh([])
  await retry(
    async () => {
      // Brokers of a KRaft cluster name one of themselves as the controller, and pass the request on.
      const call =
        metadata.controllerId >= 0
          ? wire.call(metadata.controllerId, createTopicsApi, args, { timeout: PATIENCE, signal })
          : wire.any(createTopicsApi, args, { timeout: PATIENCE, signal })
      const { errorCode, errorMessage } = (await call).topics[0]!
      if (errorCode === Code.NONE || errorCode === Code.TOPIC_ALREADY_EXISTS) return
      throw kafkaError(errorCode, { topic, operation: 'Create', detail: errorMessage })
    },
    { ...options, onRetry }
  )
  await metadata.waitForTopics([topic], options)
}

/** The largest batch a topic takes, in bytes. Where the broker does not tell, it is Kafka's default. */
export async function maxMessageBytes(wire: Wire, topic: string, signal?: AbortSignal): Promise<number> {
  const name = 'max.message.bytes'
  try {
    const { topics } = await wire.any(describeConfigsApi, { topics: [topic], names: [name] }, { signal })
    // Reading settings needs an ACL of its own (DescribeConfigs), which a producer often lacks.
    const value = Number(topics[0]?.configs.find((config) => config.name === name)?.value)
    return value > 0 ? value : DEFAULT_MAX_MESSAGE_BYTES
  } catch (error) {
    if (error instanceof KafkaError && error.code === Code.UNSUPPORTED_VERSION) return DEFAULT_MAX_MESSAGE_BYTES
    throw error
  }
}
