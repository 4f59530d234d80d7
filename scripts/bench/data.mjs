// The data of the bench: lines of 100 bytes (with the newline 101), and keyed JSON of about 200 bytes.
import { closeSync, openSync, writeSync } from 'node:fs'

const CHUNK = 20_000
const FILLER = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(3)

function write(path, count, line) {
  const fd = openSync(path, 'w')
  for (let first = 0; first < count; first += CHUNK) {
    const lines = Array.from({ length: Math.min(CHUNK, count - first) }, (_, index) => line(first + index))
    writeSync(fd, lines.join('\n') + '\n')
  }
  closeSync(fd)
}

export function writeLines(path, count) {
  write(path, count, (index) => `${String(index).padStart(9, '0')}-${FILLER.slice(0, 90)}`)
}

/** `key<TAB>JSON`. */
export function writeJson(path, count) {
  write(path, count, (index) => {
    const value = {
      id: index,
      user: `user-${(index * 7919) % 100003}`,
      amount: ((index * 31) % 100000) / 100,
      currency: ['EUR', 'USD', 'CHF'][index % 3],
      time: new Date(1_700_000_000_000 + index * 137).toISOString(),
      note: FILLER.slice(0, 60)
    }
    return `${value.user}\t${JSON.stringify(value)}`
  })
}

/** Committed offsets as `offsets import` takes them, `group,topic,partition,0`: each group has every other topic. */
export function writeCommits(path, groups, topics, partitions) {
  const perGroup = (topics / 2) * partitions
  write(path, groups * perGroup, (index) => {
    const [group, rest] = [Math.floor(index / perGroup), index % perGroup]
    const topic = 2 * Math.floor(rest / partitions) + (group % 2)
    return `bench-${group},bench-lag-${topic},${rest % partitions},0`
  })
}
