import { describe, expect, test } from '@jest/globals'
import { certificateCheck } from '../../../src/jobs/doctor-server.js'
import { unmetNeeds } from '../../../src/jobs/doctor-needs.js'
import { clockCheck } from '../../../src/jobs/doctor-cluster.js'

const everything = Object.fromEntries(Array.from({ length: 70 }, (_, key) => [key, { minVersion: 0, maxVersion: 20 }]))

describe('the requests that a broker speaks', () => {
  test('all of them', () => expect(unmetNeeds(everything)).toEqual([]))

  test('what is missing is told with what it is for', () => {
    const old = Object.fromEntries(Object.entries(everything).filter(([key]) => key !== '22'))
    expect(unmetNeeds(old)).toEqual([{ need: 'writing topics', requests: ['InitProducerId (unknown to the broker)'] }])
  })

  test('so are versions that only one side speaks', () => {
    const fetch = { minVersion: 14, maxVersion: 17 }
    expect(unmetNeeds({ ...everything, 1: fetch })).toEqual([
      { need: 'reading topics', requests: [expect.stringMatching(/^Fetch \(\d+ to 1\d, the broker 14 to 17\)$/)] }
    ])
  })
})

test.each([
  [400, 'ok'],
  [31, 'ok'],
  [29, 'note'],
  [0, 'note']
])('a certificate with %d days left: %s', (days, status) => {
  const expires = Date.now() + days * 86_400_000 + 1000
  const check = certificateCheck('certificate', 'a:1', { subject: 'CN=a', issuer: 'CN=b', expires })
  expect(check).toMatchObject({ status, text: expect.stringContaining(`(${days} days)`) })
})

test.each<[theirs: number, status: string, text: string]>([
  [1000, 'ok', "agrees with the controller's to 11 ms"],
  [1010, 'ok', "agrees with the controller's to 11 ms"],
  [1510, 'ok', "is 0.500 s behind the controller's"],
  [4010, 'note', "is 3.000 s behind the controller's"],
  [-2000, 'note', "is 3.000 s ahead of the controller's"]
])('asked at 1000, answered at 1010, it was %d there: %s', (theirs, status, text) => {
  expect(clockCheck(1000, theirs, 1010)).toMatchObject({ status, text })
})
