import { describe, expect, test } from '@jest/globals'
import {
  GROUP,
  TRANSACTION,
  findCoordinatorsApi,
  findOneCoordinatorApi
} from '../../../../src/kafka/requests/find-coordinator.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(findOneCoordinatorApi))('FindCoordinator v%i', (version) => {
  test('one key', () => {
    const args = { keyType: TRANSACTION, keys: ['tx'] } as const
    expect(ourRequest(findOneCoordinatorApi, args, version)).toBe(kafkasRequest(findOneCoordinatorApi, version))
    expect(read(findOneCoordinatorApi, version)).toEqual({
      throttle: 9,
      coordinators: [{ key: '', nodeId: 7, host: 'a.example', port: 9092, errorCode: 0, errorMessage: '' }]
    })
    expect(refusesCutResponses(findOneCoordinatorApi, version)).toBe(true)
  })
})

describe.each(versionsOf(findCoordinatorsApi))('FindCoordinator v%i', (version) => {
  test('many keys', () => {
    const args = { keyType: GROUP, keys: ['g1', 'g2'] } as const
    expect(ourRequest(findCoordinatorsApi, args, version)).toBe(kafkasRequest(findCoordinatorsApi, version))
    expect(read(findCoordinatorsApi, version)).toEqual({
      throttle: 9,
      coordinators: [
        { key: 'g1', nodeId: 7, host: 'a.example', port: 9092, errorCode: 0, errorMessage: '' },
        { key: 'g2', nodeId: -1, host: '', port: -1, errorCode: 15, errorMessage: 'not yet' }
      ]
    })
    expect(refusesCutResponses(findCoordinatorsApi, version)).toBe(true)
  })
})
