/**
 * Metadata: brokers, topics, partitions and their leaders. https://kafka.apache.org/protocol#The_Messages_Metadata
 *
 * Metadata Request => [topics] allow_auto_topic_creation include_cluster_authorized_operations
 *                     include_topic_authorized_operations TAG_BUFFER
 *   topics => topic_id (10+) name TAG_BUFFER
 *   allow_auto_topic_creation => BOOLEAN (4+)
 *   include_cluster_authorized_operations => BOOLEAN (8-10)
 *   include_topic_authorized_operations => BOOLEAN (8+)
 *
 * Metadata Response => throttle_time_ms [brokers] cluster_id controller_id [topics]
 *                      cluster_authorized_operations (8-10) TAG_BUFFER
 *   brokers => node_id host port rack TAG_BUFFER
 *   topics => error_code name topic_id (10+) is_internal [partitions] topic_authorized_operations (8+) TAG_BUFFER
 *     partitions => error_code partition_index leader_id leader_epoch (7+) [replica_nodes] [isr_nodes]
 *                   [offline_replicas] (5+) TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface MetadataArgs {
  /** null: all topics. */
  topics: readonly string[] | null
}

export interface Broker {
  nodeId: number
  host: string
  port: number
  rack: string | null
}

export interface MetadataResult {
  throttle: number
  brokers: Broker[]
  clusterId: string | null
  controllerId: number
  topics: MetadataTopic[]
}

export interface MetadataTopic {
  errorCode: number
  name: string
  /** 32 hexadecimal digits, of which a topic that is created anew has others; null where there are none (before version 10). */
  topicId: string | null
  internal: boolean
  partitions: MetadataPartition[]
}

export interface MetadataPartition {
  errorCode: number
  partition: number
  /** -1: none. */
  leader: number
  /** -1: not known (before version 7). */
  leaderEpoch: number
  replicas: number[]
  isr: number[]
}

const NO_TOPIC_ID = Buffer.alloc(16)

export const metadataApi: Api<MetadataArgs, MetadataResult> = {
  key: 3,
  name: 'Metadata',
  versions: [4, 12],
  flexibleFrom: 9,

  encode({ topics }, to, version) {
    to.array(topics, (name) => {
      if (version >= 10) to.raw(NO_TOPIC_ID)
      to.string(name).tags()
    })
    to.boolean(false)
    if (version >= 8 && version <= 10) to.boolean(false)
    if (version >= 8) to.boolean(false)
    to.tags()
  },

  decode: (from, version) => ({
    throttle: from.int32(),
    brokers: from.array(() => {
      const broker = { nodeId: from.int32(), host: from.string(), port: from.int32(), rack: from.nullableString() }
      from.tags()
      return broker
    }),
    clusterId: from.nullableString(),
    controllerId: from.int32(),
    topics: from.array(() => {
      const topic = {
        errorCode: from.int16(),
        name: from.string(),
        topicId: version >= 10 ? idOrNull(from.uuid()) : null,
        internal: from.boolean(),
        partitions: from.array(() => {
          const partition = {
            errorCode: from.int16(),
            partition: from.int32(),
            leader: from.int32(),
            leaderEpoch: version >= 7 ? from.int32() : -1,
            replicas: from.array(() => from.int32()),
            isr: from.array(() => from.int32())
          }
          if (version >= 5) from.array(() => from.int32())
          from.tags()
          return partition
        })
      }
      if (version >= 8) from.int32()
      from.tags()
      return topic
    })
  })
}

function idOrNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id
}
