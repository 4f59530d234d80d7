// Faults of brokers, each in a cluster of three (replication 3, min.insync.replicas 2) that is written, read by a group and
// copied exactly once all the time: for how long each of these stands still, and what is lost or there twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from './broker-faults/cluster.mjs'
import { COPY, GROUP, Load, PARTITIONS, TOPIC, TRANSACTIONAL_ID } from './broker-faults/load.mjs'

export const columns = ['records', 'produce, s', 'consume, s', 'pipe, s', 'lost', 'repeated', 'ended by itself']

/** How long it goes on after a fault, ms. */
const AFTER = 10_000

export const scenarios = [
  fault('no fault', () => sleep(AFTER)),
  fault('a leader killed with -9, and started again', async (cluster) => {
    const id = await cluster.leader(TOPIC, 0)
    await cluster.end(id, 'SIGKILL')
    await sleep(20_000)
    cluster.start(id)
  }),
  fault('each broker restarted in turn', async (cluster) => {
    for (const id of cluster.ids) {
      await cluster.end(id, 'SIGTERM')
      cluster.start(id)
      await cluster.inSync([TOPIC, COPY])
    }
  }),
  fault('a broker paused for 20 s', async (cluster) => {
    const id = await cluster.leader(TOPIC, 0)
    cluster.pause(id)
    await sleep(20_000)
    cluster.resume(id)
  }),
  fault('all brokers down for 30 s', async (cluster) => {
    for (const id of cluster.ids) await cluster.end(id, 'SIGKILL')
    await sleep(30_000)
    for (const id of cluster.ids) cluster.start(id)
    await cluster.inSync([TOPIC, COPY])
  }),
  fault("the group's coordinator stopped", async (cluster) => {
    await cluster.end(await cluster.keeperOf('__consumer_offsets', GROUP), 'SIGTERM')
  }),
  fault("the transactions' coordinator stopped", async (cluster) => {
    await cluster.end(await cluster.keeperOf('__transaction_state', `${TRANSACTIONAL_ID}-0-0`), 'SIGTERM')
  }),
  fault(
    'partitions added',
    async (cluster) => {
      const added = [
        { topic: COPY, count: 9 },
        { topic: TOPIC, count: 9 }
      ]
      for (const one of added) await cluster.withAdmin((admin) => admin.createPartitions({ topicPartitions: [one] }))
      await sleep(10_000)
    },
    { consume: ['--discover', '2s'], source: '?discover=2s', produce: ['-X', 'metadata.max.age.ms=2000'] }
  ),
  fault('a topic deleted, and created again', async (cluster, load) => {
    await cluster.withAdmin((admin) => admin.deleteTopics({ topics: [TOPIC] }))
    load.forget()
    await cluster.withAdmin((admin) => admin.createTopics({ topics: [topics()[0]] }))
  })
]

function topics() {
  const topicOf = (topic, ...configEntries) => ({
    topic,
    numPartitions: PARTITIONS,
    replicationFactor: 3,
    configEntries
  })
  return [topicOf(TOPIC, { name: 'message.timestamp.type', value: 'LogAppendTime' }), topicOf(COPY)]
}

function fault(name, happen, more) {
  return {
    name,
    brokers: 3,
    settings: ['min.insync.replicas=2'],
    async run(at) {
      const cluster = new Cluster(at.brokers)
      try {
        await cluster.withAdmin((admin) => admin.createTopics({ topics: topics() }))
        await cluster.inSync([TOPIC, COPY])
        const load = new Load(at, more)
        await load.steady()
        at.say('it happens')
        await happen(cluster, load)
        at.say('it is over')
        await sleep(AFTER)
        return told(load, await load.finish())
      } finally {
        cluster.close()
      }
    }
  }
}

function told({ fed, forgotten, said }, { written, read, copied, exits, copiedAlive }) {
  const all = [written, read, copied]
  const row = [
    fed,
    ...[written, read, copiedAlive].map(({ longest }) => (longest / 1000).toFixed(1)),
    all.map((arrivals) => arrivals.missing(fed, forgotten)).join(' / '),
    all.map(({ repeated }) => repeated).join(' / '),
    exits
  ]
  return { rows: [row], notes: [...said].map(([line, times]) => (times > 1 ? `${line} (${times} times)` : line)) }
}
