// What goes on while brokers fail: a topic that is written all the time, two members of a group that read it, and a pipe that
// copies it exactly once. Records are numbered, so that what is lost and what is there twice can be told.
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Arrivals } from './arrivals.mjs'

export const TOPIC = 'orders'
export const COPY = 'copy'
export const GROUP = 'readers'
export const PARTITIONS = 6
export const TRANSACTIONAL_ID = 'copier'

/** Records a second, and how often some of them are written, ms. */
const RATE = 2000
const TICK = 25
/** Without progress for so long, there is none to come. ms */
const PATIENCE = 30_000
const FORMAT = '%p %s\\n'

export class Load {
  /** As the members of the group read them, and as a reader of what is committed sees the copy. */
  read = new Arrivals()
  copied = new Arrivals()
  fed = 0
  /** Numbers below are not asked for. */
  forgotten = 0
  /** What the programs said: `name: line` → how often. */
  said = new Map()
  #at
  #timer
  #producer
  #members
  #pipe
  #watcher
  #ended = new Map()

  /** @param more flags of each program, by its name */
  constructor(at, more = {}) {
    this.#at = at
    const checkpoint = ['--delivery', 'exactly-once', '--checkpoint', join(at.folder, 'checkpoint')]
    const consume = ['consume', TOPIC, '-g', GROUP, '--reset', 'earliest', '-f', FORMAT, ...(more.consume ?? [])]
    const pipe = ['pipe', `kafka:${TOPIC}${more.source ?? ''}`, `kafka:${COPY}`, ...checkpoint]
    this.#members = [1, 2].map(() => this.#start('consume', consume, this.read))
    const id = ['-X', `transactional.id=${TRANSACTIONAL_ID}`, '--checkpoint-interval', '1s']
    this.#pipe = this.#start('pipe', [...pipe, ...id])
    this.#watcher = this.#start('reader of the copy', ['consume', COPY, '-f', FORMAT], this.copied)
    this.#producer = this.#start('produce', [
      'produce',
      TOPIC,
      '--partitioner',
      'round-robin',
      '--linger',
      '5ms',
      ...(more.produce ?? [])
    ])
    this.#producer.stdin.on('error', () => undefined)
    const began = Date.now()
    this.#timer = setInterval(() => {
      const due = Math.floor(((Date.now() - began) * RATE) / 1000)
      let lines = ''
      while (this.fed < due) lines += `${this.fed++} ${'x'.repeat(60)}\n`
      this.#producer.stdin.write(lines)
    }, TICK)
  }

  /** Resolves when everything is on its way; from then on it is measured how long that stands still. */
  async steady() {
    const isSteady = (arrivals) => arrivals.partitions >= PARTITIONS && Date.now() - arrivals.last < 1000
    await within(60_000, () => isSteady(this.read) && isSteady(this.copied))
    await sleep(3000)
    this.from = Date.now()
    this.read.begin()
    this.copied.begin()
  }

  /** What was fed so far may be lost, with the topic. */
  forget() {
    this.forgotten = this.fed
  }

  /** Ends it all in order, once all was read and copied: what became of it. */
  async finish() {
    clearInterval(this.#timer)
    this.read.end()
    this.copied.end()
    this.#producer.stdin.end()
    const until = Date.now()
    await this.#end(this.#producer, null)
    for (const arrivals of [this.read, this.copied]) {
      const isDone = () => arrivals.missing(this.fed, this.forgotten) === 0
      await within(180_000, () => isDone() || Date.now() - arrivals.last > PATIENCE)
    }
    for (const child of [...this.#members, this.#pipe, this.#watcher]) await this.#end(child, 'SIGTERM')
    const written = new Arrivals()
    written.begin(this.from)
    for (const line of this.#at.sluice('consume', TOPIC, '-e', '-f', '%p %T %s\\n').split('\n').slice(0, -1)) {
      const [partition, time, number] = line.split(' ')
      if (Number(time) > until) written.end()
      written.add(partition, Number(number), Number(time))
    }
    const copied = new Arrivals()
    for (const line of this.#at.sluice('consume', COPY, '-e', '-f', FORMAT).split('\n').slice(0, -1)) copied.take(line)
    return { written, read: this.read, copied, copiedAlive: this.copied, exits: this.#exits() }
  }

  /** Those that did not end as they were told to: `produce 1`. */
  #exits() {
    const wrong = [...this.#ended.values()].filter(({ name, code }) => code !== (name === 'produce' ? 0 : 143))
    return wrong.map(({ name, code }) => `${name} ${code}`).join(', ') || 'none'
  }

  async #end(child, signal) {
    if (signal) child.kill(signal)
    if (this.#ended.has(child)) return
    await Promise.race([once(child, 'close'), sleep(180_000, undefined, { ref: false })])
    if (!this.#ended.has(child)) throw new Error(`it does not end: ${child.spawnargs.join(' ')}`)
  }

  #start(name, args, arrivals) {
    const child = this.#at.start(args, { stdio: ['pipe', 'pipe', 'pipe'] })
    if (arrivals) createInterface(child.stdout).on('line', (line) => arrivals.take(line))
    createInterface(child.stderr).on('line', (line) => {
      const what = `${name}: ${line}`
      if (!this.said.has(what)) this.#at.say(what)
      this.said.set(what, (this.said.get(what) ?? 0) + 1)
    })
    child.once('close', (code) => this.#ended.set(child, { name, code }))
    return child
  }
}

async function within(milliseconds, condition) {
  for (const end = Date.now() + milliseconds; !condition(); await sleep(100)) {
    if (Date.now() > end) throw new Error(`not within ${milliseconds / 1000} s: ${condition}`)
  }
}
