/** The list of partitions of `-p`: `0,3-5`. Pure. */
import { UsageError } from '../errors.js'

/** Kafka numbers partitions by int32. */
const greatest = 2 ** 31 - 1
/** No topic has more partitions than this, and a range as wide as int32 would fill the memory. */
const widest = 200_000

/** Ascending, each once; whether they exist is not known here. @throws UsageError */
export function parsePartitions(text: string): number[] {
  const partitions = new Set<number>()
  for (const item of text.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? []
    if (first === undefined) throw new UsageError(`'${text}' is no list of partitions`, 'write it as in 0,3-5')
    if (Number(last) < Number(first)) throw new UsageError(`the range ${item} is empty`, `write ${last}-${first}`)
    if (Number(last) > greatest) throw new UsageError(`there is no partition ${last}`, `at most ${greatest}`)
    if (Number(last) - Number(first) >= widest)
      throw new UsageError(`the range ${item} is too wide`, 'topics have fewer partitions')
    for (let partition = Number(first); partition <= Number(last); partition++) partitions.add(partition)
  }
  return [...partitions].sort((a, b) => a - b)
}
