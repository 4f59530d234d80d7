// Numbered records as they arrive: which there were, and how long the partition that stood still longest did so.

export class Arrivals {
  /** When the last one came, ms since the epoch. */
  last = Date.now()
  /** Different numbers. */
  distinct = 0
  repeated = 0
  /** Milliseconds that a partition stood still at most, while that was measured. */
  longest = 0
  #seen = new Uint8Array(1 << 22)
  /** By partition, when its last one came. */
  #partitions = new Map()
  #from = Infinity
  #to = Infinity

  get partitions() {
    return this.#partitions.size
  }

  begin(now = Date.now()) {
    this.#from = now
    for (const partition of this.#partitions.keys()) this.#partitions.set(partition, now)
  }

  /** No more is written. */
  end(now = Date.now()) {
    this.#to = Math.min(this.#to, now)
  }

  /** A line of a partition, a number and whatever. */
  take(line) {
    const [partition, number] = line.split(' ')
    this.add(partition, Number(number), Date.now())
  }

  add(partition, number, now) {
    this.last = now
    const before = Math.max(this.#partitions.get(partition) ?? now, this.#from)
    if (before < this.#to) this.longest = Math.max(this.longest, now - before)
    this.#partitions.set(partition, now)
    if (this.#seen[number]++ > 0) this.repeated++
    else this.distinct++
  }

  /** Of the numbers in [first, count), how many never came. */
  missing(count, first = 0) {
    let missing = 0
    for (let number = first; number < count; number++) if (this.#seen[number] === 0) missing++
    return missing
  }
}
