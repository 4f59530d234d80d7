/** Topics of numbered values, and which offsets of them `consume` gives: what tests of positions are written in. */
import { bootstrap } from './broker.js'
import type { Message } from './client.js'
import { sluice, succeeded } from './sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

/** 1 March 2024, 12:00 UTC. */
export const NOON = 1_709_294_400_000

/** `count` values from `first` on, one a second from noon. */
export function values(partition: number, count: number, first = 0): Message[] {
  return Array.from({ length: count }, (_, i) => ({
    partition,
    value: `${first + i}`,
    timestamp: `${NOON + (first + i) * 1000}`
  }))
}

/** Runs consume: which offsets it gave of which partitions, as in `0:0-49 1:3`. */
export async function read(...args: string[]): Promise<string> {
  return ranges(succeeded(await sluice(['consume', ...args, '-f', '%t:%p:%o\n'], { env })).stdout)
}

/** Offsets of a partition that follow each other become one range. The topic is left out: `read` names one as a rule. */
export function ranges(text: string): string {
  const parts = new Map<string, [first: number, last: number][]>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [, partition, offset] = /:(\d+):(\d+)$/.exec(line)!
    const list = parts.get(partition!) ?? []
    parts.set(partition!, list)
    const last = list.at(-1)
    if (last && last[1] === Number(offset) - 1) last[1]++
    else list.push([Number(offset), Number(offset)])
  }
  const show = ([first, last]: [number, number]): string => (first === last ? `${first}` : `${first}-${last}`)
  return [...parts]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([partition, list]) => `${partition}:${list.map(show).join(',')}`)
    .join(' ')
}
