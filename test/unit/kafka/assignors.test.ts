// range and roundrobin against Kafka's own (test/fixtures/assignors); cooperative-sticky by what it promises.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Assignments, Member, PartitionCounts } from '../../../src/kafka/assignment.js'
import { assign } from '../../../src/kafka/assignors.js'
import type { TopicPartition } from '../../../src/kafka/topic-partition.js'

interface Case {
  counts: Record<string, number>
  members: Record<string, { instanceId: string | null; topics: string[] }>
  range: Record<string, string[]>
  roundrobin: Record<string, string[]>
  'cooperative-sticky': Record<string, string[]>
}

const file = new URL('../../fixtures/assignors/assignments.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]

const shown = (partitions: readonly TopicPartition[]): string[] =>
  partitions.map(({ topic, partition }) => `${topic} ${partition}`).sort()
const plain = (assignments: Assignments): Record<string, string[]> =>
  Object.fromEntries([...assignments].map(([memberId, partitions]) => [memberId, shown(partitions)]))

const countsOf = ({ counts }: Case): PartitionCounts => new Map(Object.entries(counts))
const membersOf = ({ members }: Case): Member[] =>
  Object.entries(members).map(([memberId, { instanceId, topics }]) => {
    return { memberId, instanceId, topics: new Set(topics), owned: [], generation: -1 }
  })

const squares = (assignments: Record<string, string[]>): number =>
  Object.values(assignments).reduce((sum, { length }) => sum + length * length, 0)

describe.each(['range', 'roundrobin'] as const)('%s', (name) => {
  test('gives what Java gives', () => {
    for (const one of cases) expect(plain(assign(name, membersOf(one), countsOf(one)))).toEqual(one[name])
  })
})

describe('cooperative-sticky', () => {
  test('gives every partition that Java gives, at least as evenly', () => {
    for (const one of cases) {
      const ours = plain(assign('cooperative-sticky', membersOf(one), countsOf(one)))
      const javas = one['cooperative-sticky']
      expect(Object.values(ours).flat().sort()).toEqual(Object.values(javas).flat().sort())
      expect(squares(ours)).toBeLessThanOrEqual(squares(javas))
    }
  })

  test('a member that comes gets its share, and nothing else moves', () => {
    const counts = new Map([['t', 12]])
    const group = new Group(counts)
    for (const id of ['a', 'b']) group.join(id, ['t'])
    group.settle()
    const before = group.owners()
    group.join('c', ['t'])
    group.settle()
    expect(group.loads()).toEqual({ a: 4, b: 4, c: 4 })
    expect(group.owners().filter((owner, partition) => owner !== before[partition]).length).toBe(4)
  })

  test('when a member goes, the others keep all that they have', () => {
    const group = new Group(new Map([['t', 13]]))
    for (const id of ['a', 'b', 'c']) group.join(id, ['t'])
    group.settle()
    const before = group.owners()
    group.members.delete('b')
    group.settle()
    expect(
      group.owners().filter((owner, partition) => before[partition] !== 'b' && owner !== before[partition])
    ).toEqual([])
    expect(Object.values(group.loads()).sort()).toEqual([6, 7])
  })

  test('a partition that moves is given to nobody until its owner has given it up', () => {
    const owned = [0, 1, 2, 3].map((partition) => ({ topic: 't', partition }))
    const a = { memberId: 'a', instanceId: null, topics: new Set(['t']), owned, generation: 3 }
    const b = { ...a, memberId: 'b', owned: [], generation: -1 }
    const counts = new Map([['t', 4]])
    const first = assign('cooperative-sticky', [a, b], counts)
    expect(first.get('a')!.length).toBe(2)
    expect(first.get('b')).toEqual([])
    const second = assign('cooperative-sticky', [{ ...a, owned: first.get('a')!, generation: 4 }, b], counts)
    expect(second.get('a')).toEqual(first.get('a'))
    expect(second.get('b')!.length).toBe(2)
  })

  test('of two that claim a partition, the one of the later generation has it', () => {
    const owned = [{ topic: 't', partition: 0 }]
    const member = { instanceId: null, topics: new Set(['t']), owned }
    const late = { ...member, memberId: 'z', generation: 5 }
    const early = { ...member, memberId: 'a', generation: 4 }
    const assignments = assign('cooperative-sticky', [early, late], new Map([['t', 1]]))
    expect(plain(assignments)).toEqual({ a: [], z: ['t 0'] })
  })

  test('where only a chain of moves makes it even, it is made', () => {
    const topics = { a: ['x'], b: ['x', 'y'], c: ['y'] }
    const group = new Group(
      new Map([
        ['x', 4],
        ['y', 2]
      ])
    )
    group.join('a', topics.a)
    group.join('b', topics.b)
    group.settle()
    group.join('c', topics.c)
    group.settle()
    expect(group.loads()).toEqual({ a: 2, b: 2, c: 2 })
  })

  test('whatever comes and goes: nothing is had twice, and in the end all is had once, as evenly as can be', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomOf(seed)
      const topics = ['x', 'y', 'z'].slice(0, 1 + random(3))
      const counts = new Map(topics.map((topic) => [topic, random(9)]))
      const same = random(2) === 0
      const group = new Group(counts)
      for (let step = 0; step < 12; step++) {
        const ids = [...group.members.keys()]
        const what = ids.length === 0 ? 0 : random(4)
        if (what <= 1) group.join(`m${seed}-${step}`, same ? topics : topics.filter(() => random(2) === 0))
        else if (what === 2) group.members.delete(ids[random(ids.length)]!)
        else counts.set(topics[random(topics.length)]!, random(12))
        if (random(2) === 0) group.generation()
        else group.settle()
      }
      group.settle()
      const wanted = [...counts].filter(([topic]) => [...group.members.values()].some((one) => one.topics.has(topic)))
      const had = [...group.members.values()].flatMap(({ owned }) => shown(owned))
      expect(had.length).toBe(wanted.reduce((sum, [, count]) => sum + count, 0))
      const loads = Object.values(group.loads())
      if (same && loads.length > 0) expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
      // A fresh assignment, which owes nothing to what was before, is not more even.
      const fresh = [...group.members.values()].map((member) => ({ ...member, owned: [] }))
      const anew = plain(assign('cooperative-sticky', fresh, counts))
      expect(loads.sort()).toEqual(
        Object.values(anew)
          .map(({ length }) => length)
          .sort()
      )
    }
  })

  test('a large group is assigned within a moment', () => {
    const counts = new Map(Array.from({ length: 100 }, (_, index) => [`t${index}`, 100]))
    const topics = new Set(counts.keys())
    const members = Array.from({ length: 400 }, (_, index): Member => {
      return { memberId: `m${index}`, instanceId: null, topics, owned: [], generation: 1 }
    })
    const start = performance.now()
    const before = assign('cooperative-sticky', members.slice(0, 200), counts)
    const joined = members.map((member) => ({ ...member, owned: before.get(member.memberId) ?? [] }))
    const after = assign('cooperative-sticky', joined, counts)
    expect(performance.now() - start).toBeLessThan(5000)
    for (const { memberId, owned } of joined) expect(after.get(memberId)!.length).toBe(owned.length / 2)
  })
})

/** A group that does as the protocol says: who loses partitions gives them up and joins again. */
class Group {
  readonly members = new Map<string, Member>()
  #generation = 0

  constructor(readonly counts: PartitionCounts) {}

  join(memberId: string, topics: string[]): void {
    this.members.set(memberId, { memberId, instanceId: null, topics: new Set(topics), owned: [], generation: -1 })
  }

  /** Returns whether somebody has to join again. */
  generation(): boolean {
    this.#generation++
    let again = false
    const assignments = assign('cooperative-sticky', [...this.members.values()], this.counts)
    const before = new Map(
      [...this.members.values()].flatMap(({ memberId, owned }) => shown(owned).map((key) => [key, memberId]))
    )
    for (const [memberId, owned] of assignments) {
      for (const key of shown(owned)) expect(before.get(key) ?? memberId).toBe(memberId)
      const member = this.members.get(memberId)!
      const kept = new Set(shown(owned))
      again ||= shown(member.owned).some((key) => !kept.has(key))
      this.members.set(memberId, { ...member, owned, generation: this.#generation })
    }
    const had = [...this.members.values()].flatMap(({ owned }) => shown(owned))
    expect(new Set(had).size).toBe(had.length)
    return again
  }

  /** Ends within two more generations than one, or not at all. */
  settle(): void {
    let rounds = 0
    while (this.generation()) expect(++rounds).toBeLessThan(3)
    expect(this.generation()).toBe(false)
  }

  loads(): Record<string, number> {
    return Object.fromEntries([...this.members].map(([id, { owned }]) => [id, owned.length]))
  }

  /** Of the partitions of topic t. */
  owners(): string[] {
    const owners: string[] = []
    for (const [id, { owned }] of this.members) for (const { partition } of owned) owners[partition] = id
    return owners
  }
}

/** Whole numbers below a bound, the same for each seed (mulberry32). */
function randomOf(seed: number): (bound: number) => number {
  return (bound) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % bound
  }
}
