import { describe, expect, test } from '@jest/globals'
import { describeConfigsApi as api } from '../../../../src/kafka/requests/describe-configs.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('DescribeConfigs v%i', (version) => {
  test('request', () => {
    const args = { topics: ['orders'], names: ['max.message.bytes'] }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const configs = [
      { name: 'max.message.bytes', value: '1048588' },
      { name: 'secret', value: null }
    ]
    expect(read(api, version)).toEqual({
      throttle: 9,
      topics: [{ topic: 'orders', errorCode: 0, errorMessage: '', configs }]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
