import { expect, test } from '@jest/globals'
import { inOrder } from '../../../src/jobs/row-order.js'

test('the order is by group, topic and number, what belongs to no group first', () => {
  const row = (group: string | null, topic: string, partition: number): Parameters<typeof inOrder>[0] => {
    return { group, topic, partition }
  }
  const rows = [row('b', 't', 0), row('a', 't', 10), row('a', 't', 9), row('a', 's', 0), row(null, 'z', 0)]
  const ordered = rows.sort(inOrder).map(({ group, topic, partition }) => `${group} ${topic} ${partition}`)
  expect(ordered).toEqual(['null z 0', 'a s 0', 'a t 9', 'a t 10', 'b t 0'])
})
