/**
 * Properties → how a consumer is a member of its group, under the names that the Java clients and librdkafka share. A file
 * may serve other consumers, too: assignors that sluice does not know are passed over there, as long as they are not typed.
 */
import { UsageError } from '../errors.js'
import type { GroupSettings } from '../kafka/group-member.js'
import { type Properties, type Property, commandLine, milliseconds, place } from './properties.js'

type Assignors = GroupSettings['assignors']

/** By what stands after the last dot of a class name, or by librdkafka's name. */
const assignors: Record<string, Assignors[number]> = {
  RangeAssignor: 'range',
  RoundRobinAssignor: 'roundrobin',
  CooperativeStickyAssignor: 'cooperative-sticky',
  range: 'range',
  roundrobin: 'roundrobin',
  'cooperative-sticky': 'cooperative-sticky'
}
const preferred: Assignors = ['cooperative-sticky', 'range', 'roundrobin']

/**
 * @param used receives the names of the properties that have a meaning here
 * @param notUsed is told of a property of whose values none has
 */
export function readGroup(
  properties: Properties,
  used: Set<string>,
  notUsed: (property: Property) => void
): GroupSettings {
  const take = (name: string): string => {
    used.add(name)
    return name
  }
  const sessionTimeout = milliseconds(properties, take('session.timeout.ms')) ?? 45_000
  const heartbeatInterval = milliseconds(properties, take('heartbeat.interval.ms')) ?? 3_000
  if (heartbeatInterval >= sessionTimeout) {
    const stated = properties.get('heartbeat.interval.ms') ?? properties.get('session.timeout.ms')
    throw new UsageError(
      `${place(stated!)}: heartbeat.interval.ms ${heartbeatInterval} is not less than session.timeout.ms ${sessionTimeout}`,
      'a third of it or less is usual'
    )
  }
  const strategy = properties.get(take('partition.assignment.strategy'))
  return {
    instanceId: properties.get(take('group.instance.id'))?.value || null,
    sessionTimeout,
    heartbeatInterval,
    rebalanceTimeout: milliseconds(properties, take('max.poll.interval.ms')) ?? 300_000,
    assignors: strategy ? readAssignors(strategy, notUsed) : preferred
  }
}

function readAssignors(property: Property, notUsed: (property: Property) => void): Assignors {
  const names = property.value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = names.find((name) => !Object.hasOwn(assignors, simple(name)))
  if (unknown !== undefined && property.source === commandLine) {
    throw new UsageError(`${place(property)}: there is no assignor '${unknown}'`, `use ${preferred.join(', ')}`)
  }
  const known = names.map((name) => assignors[simple(name)]).filter((name) => name !== undefined)
  if (known.length > 0) return [...new Set(known)]
  notUsed(property)
  return preferred
}

function simple(name: string): string {
  return name.replace(/^.*\./, '')
}
