/**
 * CreateTopics. https://kafka.apache.org/protocol#The_Messages_CreateTopics (4 is the last version that is not flexible,
 * and the first that takes -1 for the broker's defaults, KIP-464)
 *
 * CreateTopics Request => [topics] timeout_ms validate_only
 *   topics => name num_partitions replication_factor [assignments] [configs]
 *     configs => name value
 *
 * CreateTopics Response => throttle_time_ms [topics]
 *   topics => name error_code error_message
 */
import { Code } from '../error-codes.js'
import { type KafkaError, kafkaError } from '../errors.js'
import type { Api } from '../request.js'

export interface CreateTopicsArgs {
  topics: readonly NewTopic[]
  /** Milliseconds to wait until the topics exist. */
  timeout: number
}

export interface NewTopic {
  name: string
  /** -1: the broker's default. */
  partitions: number
  /** -1: the broker's default. */
  replicationFactor: number
  configs: readonly { name: string; value: string }[]
}

export interface CreateTopicsResult {
  throttle: number
  topics: { name: string; errorCode: number; errorMessage: string | null }[]
}

/** The first version in which -1 stands for what the brokers are set to (KIP-464). */
const DEFAULTS = 4

function needsDefaults(topic: string): KafkaError {
  const advice = 'this needs Kafka 2.4 or newer: create the topic with kafka-topics'
  return kafkaError(Code.UNSUPPORTED_VERSION, { topic, detail: "CreateTopics with the brokers' replication", advice })
}

export const createTopicsApi: Api<CreateTopicsArgs, CreateTopicsResult> = {
  key: 19,
  name: 'CreateTopics',
  versions: [2, 4],

  encode({ topics, timeout }, to, version) {
    to.array(topics, ({ name, partitions, replicationFactor, configs }) => {
      if (version < DEFAULTS && (partitions === -1 || replicationFactor === -1)) throw needsDefaults(name)
      to.string(name).int32(partitions).int16(replicationFactor)
      to.array([], () => undefined)
      to.array(configs, (config) => to.string(config.name).string(config.value))
    })
    to.int32(timeout).boolean(false)
  },

  decode: (from) => ({
    throttle: from.int32(),
    topics: from.array(() => ({
      name: from.string(),
      errorCode: from.int16(),
      errorMessage: from.nullableString()
    }))
  })
}
