import { expect, test } from '@jest/globals'
import { readGroup } from '../../../src/cli/group-settings.js'
import { type Properties, type Property, addProperty } from '../../../src/cli/properties.js'
import type { GroupSettings } from '../../../src/kafka/group-member.js'

const STRATEGY = 'partition.assignment.strategy'

function read(values: Record<string, string>, source = 'c.properties', notUsed: Property[] = []): GroupSettings {
  const properties: Properties = new Map()
  for (const [key, value] of Object.entries(values)) addProperty(properties, { key, value, source, line: 1 })
  return readGroup(properties, new Set(), (property) => notUsed.push(property))
}

test('every property has its meaning, and counts as used', () => {
  const values = {
    'group.instance.id': 'i1',
    'session.timeout.ms': '10000',
    'heartbeat.interval.ms': '500',
    'max.poll.interval.ms': '60000',
    [STRATEGY]: 'roundrobin'
  }
  expect(read(values)).toEqual({
    instanceId: 'i1',
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    rebalanceTimeout: 60_000,
    assignors: ['roundrobin']
  })
  const used = new Set<string>()
  readGroup(new Map(), used, () => undefined)
  expect([...used].sort()).toEqual(Object.keys(values).sort())
})

test("assignors by Java's and librdkafka's names, each once", () => {
  const java = 'org.apache.kafka.clients.consumer'
  expect(read({ [STRATEGY]: `${java}.RangeAssignor, ${java}.CooperativeStickyAssignor` }).assignors).toEqual([
    'range',
    'cooperative-sticky'
  ])
  expect(read({ [STRATEGY]: 'RoundRobinAssignor,range,roundrobin' }).assignors).toEqual(['roundrobin', 'range'])
})

test('an unknown assignor is passed over in a file, and refused when it was typed', () => {
  expect(read({ [STRATEGY]: 'com.acme.Nearest,range' }).assignors).toEqual(['range'])
  const notUsed: Property[] = []
  const defaults = ['cooperative-sticky', 'range', 'roundrobin']
  expect(read({ [STRATEGY]: 'com.acme.Nearest' }, 'c.properties', notUsed).assignors).toEqual(defaults)
  expect(notUsed.map(({ key }) => key)).toEqual([STRATEGY])
  expect(() => read({ [STRATEGY]: 'range,nearest' }, '-X')).toThrow("there is no assignor 'nearest'")
})

test('a heartbeat must come before the session ends', () => {
  expect(() => read({ 'session.timeout.ms': '3000' })).toThrow(
    'c.properties, line 1: heartbeat.interval.ms 3000 is not less than session.timeout.ms 3000'
  )
  expect(() => read({ 'heartbeat.interval.ms': 'soon' })).toThrow('heartbeat.interval.ms is no number of milliseconds')
})
