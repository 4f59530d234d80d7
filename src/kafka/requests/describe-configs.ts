/**
 * DescribeConfigs: settings of topics, as they are in effect.
 * https://kafka.apache.org/protocol#The_Messages_DescribeConfigs (2 is the first version that throttles by KIP-219)
 *
 * DescribeConfigs Request => [resources] include_synonyms
 *   resources => resource_type resource_name [configuration_keys]
 *
 * DescribeConfigs Response => throttle_time_ms [results]
 *   results => error_code error_message resource_type resource_name [configs]
 *     configs => name value read_only config_source is_sensitive [synonyms]
 *       synonyms => name value source
 */
import type { Api } from '../request.js'

export interface DescribeConfigsArgs {
  topics: readonly string[]
  /** Names of the settings wanted. */
  names: readonly string[]
}

export interface DescribeConfigsResult {
  throttle: number
  topics: {
    topic: string
    errorCode: number
    errorMessage: string | null
    configs: { name: string; value: string | null }[]
  }[]
}

const TOPIC = 2

export const describeConfigsApi: Api<DescribeConfigsArgs, DescribeConfigsResult> = {
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 2],
  since: '1.1',

  encode({ topics, names }, to) {
    to.array(topics, (topic) => {
      to.int8(TOPIC)
        .string(topic)
        .array(names, (name) => to.string(name))
    })
    to.boolean(false)
  },

  decode: (from) => ({
    throttle: from.int32(),
    topics: from.array(() => {
      const errorCode = from.int16()
      const errorMessage = from.nullableString()
      from.int8()
      const topic = from.string()
      const configs = from.array(() => {
        const config = { name: from.string(), value: from.nullableString() }
        from.boolean()
        from.int8()
        from.boolean()
        from.array(() => [from.string(), from.nullableString(), from.int8()])
        return config
      })
      return { topic, errorCode, errorMessage, configs }
    })
  })
}
