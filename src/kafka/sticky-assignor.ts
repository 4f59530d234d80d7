/**
 * cooperative-sticky (KIP-429): as even as the subscriptions allow, and members keep what they have. A partition that is
 * to move is given to nobody as long as its owner has it: that one gives it up and joins again, and only then does the
 * next generation assign it (KIP-429, "consumer protocol").
 *
 * Java's assignor reaches its balance by other steps, so that of several assignments that are equally even, it may find
 * another one. Since the leader computes for all, that is of no consequence.
 */
import { type Assignments, type Member, type PartitionCounts, noAssignments, readersByTopic } from './assignment.js'
import { type TopicPartition, keyOf } from './topic-partition.js'

/** What a member is to have. */
interface Holder {
  member: Member
  load: number
  /** Partitions by topic. */
  held: Map<string, number[]>
}

export function assignSticky(members: readonly Member[], counts: PartitionCounts): Assignments {
  const holders = new Map(members.map((member): [Member, Holder] => [member, { member, load: 0, held: new Map() }]))
  const readers = new Map(
    readersByTopic(members).map(([topic, some]): [string, Holder[]] => [topic, some.map((one) => holders.get(one)!)])
  )
  const owners = findOwners(members, counts)
  const open: TopicPartition[] = []
  for (const topic of readers.keys()) {
    for (let partition = 0; partition < (counts.get(topic) ?? 0); partition++) {
      const owner = owners.get(keyOf({ topic, partition }))?.member
      if (owner) give(holders.get(owner)!, topic, partition)
      else open.push({ topic, partition })
    }
  }
  // What few want first: the others can still make up for it.
  open.sort((a, b) => readers.get(a.topic)!.length - readers.get(b.topic)!.length)
  for (const { topic, partition } of open) give(leastLoaded(readers.get(topic)!), topic, partition)
  balance([...holders.values()], readers)
  return withholdMoving(members, [...holders.values()])
}

interface Claim {
  /** null: several claim it with equal right, which shows that none has. */
  member: Member | null
  generation: number
}

/** Who has each partition: where a member missed a generation, the one that was there in the later one (KIP-792). */
function findOwners(members: readonly Member[], counts: PartitionCounts): Map<string, Claim> {
  const claims = new Map<string, Claim>()
  for (const member of members) {
    const { generation, topics } = member
    for (const { topic, partition } of member.owned) {
      if (!topics.has(topic) || partition >= (counts.get(topic) ?? 0)) continue
      const key = keyOf({ topic, partition })
      const other = claims.get(key)
      if (!other || other.generation < generation) claims.set(key, { member, generation })
      else if (other.generation === generation && other.member !== member) other.member = null
    }
  }
  return claims
}

/**
 * Moves partitions as long as that makes it more even. Where no member can hand one to another that has two less, a
 * chain of them may: A's to B, B's to C. An assignment without such a chain is as even as can be (Harvey and others,
 * "Semi-matchings for bipartite graphs and load balancing"). It ends, since each chain lowers the sum of squares. Always
 * from where there is most, so that nobody gives away more than needed.
 */
function balance(holders: Holder[], readers: Readers): void {
  for (let chain = findChain(holders, readers); chain; chain = findChain(holders, readers)) {
    for (const [giver, topic, taker] of chain) {
      give(taker, topic, giver.held.get(topic)!.pop()!)
      giver.load--
    }
  }
}

type Readers = ReadonlyMap<string, readonly Holder[]>
type Move = [giver: Holder, topic: string, taker: Holder]

function findChain(holders: Holder[], readers: Readers): Move[] | null {
  holders.sort((a, b) => b.load - a.load)
  const lowest = holders.at(-1)?.load ?? 0
  for (const from of holders) {
    if (from.load < lowest + 2) return null
    const chain = chainFrom(from, lowest, readers)
    if (chain) return chain
  }
  return null
}

/** The moves that take one partition's load from here to where there is least, if that is at least two less. */
function chainFrom(from: Holder, lowest: number, readers: Readers): Move[] | null {
  const reached = new Map<Holder, Move | null>([[from, null]])
  const seen = new Set<string>()
  let least = from
  // The map grows while it is walked: breadth first, so that chains are short.
  for (const giver of reached.keys()) {
    if (least.load === lowest) break
    for (const [topic, partitions] of giver.held) {
      if (partitions.length === 0 || seen.has(topic)) continue
      seen.add(topic)
      for (const taker of readers.get(topic)!) {
        if (reached.has(taker)) continue
        reached.set(taker, [giver, topic, taker])
        if (taker.load < least.load) least = taker
      }
      if (least.load === lowest) break
    }
  }
  if (least.load > from.load - 2) return null
  const chain: Move[] = []
  for (let move = reached.get(least); move; move = reached.get(move[0])) chain.push(move)
  return chain
}

/** Leaves out what another member still has. */
function withholdMoving(members: readonly Member[], holders: Holder[]): Assignments {
  const owners = Map.groupBy(
    members.flatMap((member) => member.owned.map((partition) => ({ key: keyOf(partition), member }))),
    ({ key }) => key
  )
  const assignments = noAssignments(members)
  for (const { member, held } of holders) {
    for (const [topic, partitions] of held) {
      for (const partition of partitions) {
        const claims = owners.get(keyOf({ topic, partition }))
        const free = !claims || claims.some((claim) => claim.member === member)
        if (free) assignments.get(member.memberId)!.push({ topic, partition })
      }
    }
  }
  return assignments
}

function give(holder: Holder, topic: string, partition: number): void {
  const held = holder.held.get(topic)
  if (held) held.push(partition)
  else holder.held.set(topic, [partition])
  holder.load++
}

function leastLoaded(holders: readonly Holder[]): Holder {
  return holders.reduce((least, holder) => (holder.load < least.load ? holder : least))
}
