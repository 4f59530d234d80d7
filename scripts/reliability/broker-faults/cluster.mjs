// The brokers of a sandbox as a person with a shell has them: killed, stopped, paused, started again. And what is there.
import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'

export class Cluster {
  #brokers
  #started = []
  #client

  /** @param brokers id, port and pid of each */
  constructor(brokers) {
    this.#brokers = new Map(
      brokers.map(({ id, pid }) => {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
        return [id, { pid, argv, cwd: readlinkSync(`/proc/${pid}/cwd`) }]
      })
    )
    const client = { brokers: brokers.map(({ port }) => `127.0.0.1:${port}`), logLevel: kafkajs.logLevel.NOTHING }
    this.#client = new kafkajs.Kafka(client)
  }

  get ids() {
    return [...this.#brokers.keys()]
  }

  pause(id) {
    process.kill(this.#brokers.get(id).pid, 'SIGSTOP')
  }

  resume(id) {
    process.kill(this.#brokers.get(id).pid, 'SIGCONT')
  }

  /** Ends a broker with this signal; resolves when it is gone. */
  async end(id, signal) {
    const { pid } = this.#brokers.get(id)
    process.kill(pid, signal)
    while (isAlive(pid)) await sleep(20)
  }

  /** Starts one again on the data that it left. */
  start(id) {
    const broker = this.#brokers.get(id)
    const child = spawn(broker.argv[0], broker.argv.slice(1), { cwd: broker.cwd, stdio: 'ignore' })
    broker.pid = child.pid
    this.#started.push(child)
  }

  /** Resolves when every partition of these topics has all of its replicas in sync. */
  async inSync(topics) {
    for (const end = Date.now() + 120_000; ; await sleep(250)) {
      const partitions = await this.partitions(topics).catch(() => [])
      if (partitions.length > 0 && partitions.every(({ isr, replicas }) => isr.length === replicas.length)) return
      if (Date.now() > end) throw new Error(`not in sync after two minutes: ${topics.join(', ')}`)
    }
  }

  async partitions(topics) {
    const metadata = await this.withAdmin((admin) => admin.fetchTopicMetadata({ topics }))
    return metadata.topics.flatMap(({ name, partitions }) => partitions.map((one) => ({ topic: name, ...one })))
  }

  async leader(topic, partition) {
    const all = await this.partitions([topic])
    return all.find(({ partitionId }) => partitionId === partition).leader
  }

  /** The broker that leads the partition of an internal topic in which a group or a transactional id is kept. */
  async keeperOf(topic, key) {
    const all = await this.partitions([topic])
    let hash = 0
    for (const character of key) hash = (Math.imul(31, hash) + character.charCodeAt(0)) | 0
    return this.leader(topic, (hash & 0x7fffffff) % all.length)
  }

  async withAdmin(use) {
    // Another one each time: kafkajs's goes on with connections that broke.
    const admin = this.#client.admin()
    await admin.connect()
    try {
      return await use(admin)
    } finally {
      await admin.disconnect()
    }
  }

  /** Ends what was started here: the sandbox does not know of it. */
  close() {
    for (const { pid } of this.#brokers.values()) if (isAlive(pid)) process.kill(pid, 'SIGCONT')
    for (const child of this.#started) child.kill('SIGKILL')
  }
}

function isAlive(pid) {
  try {
    // One that has ended and was not waited for is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
