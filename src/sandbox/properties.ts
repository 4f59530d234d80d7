/** A broker's server.properties: what all brokers have in common (sandbox/server.properties), its own, and --set. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { templates } from './jars.js'
import { literal } from './literal.js'
import { securityProperties } from './security.js'
import { brokerFolder, type Broker } from './state.js'
import { zooKeeperClient } from './zookeeper.js'

export interface Layout {
  folder: string
  brokers: readonly Broker[]
  /** A port for the controllers of each broker, in the same order; with ZooKeeper the first is its port. */
  controllerPorts: readonly number[]
  /** Whether the brokers are of a Kafka that needs ZooKeeper. */
  zooKeeper: boolean
  /** A port for each broker on which only brokers are let in; null: the sandbox is not secured. */
  brokerPorts: readonly number[] | null
  /** Where brokers listen; 0.0.0.0 in a container whose ports are published on loopback. */
  bind: string
  /** `KEY=VALUE`. */
  settings: readonly string[]
}

/** Without ZooKeeper every broker is a controller too, so that any one may be stopped in a cluster of three. */
export async function serverProperties(broker: Broker, layout: Layout): Promise<string> {
  const { folder, brokers, controllerPorts, zooKeeper, brokerPorts, bind, settings } = layout
  const replicas = Math.min(3, brokers.length)
  const index = brokers.indexOf(broker)
  const listeners = (address: string): string =>
    [
      `CLIENT://${address}:${broker.port}`,
      ...(brokerPorts ? [`BROKERS://${address}:${brokerPorts[index]}`] : [])
    ].join()
  const controller = `CONTROLLER://127.0.0.1:${controllerPorts[index]}`
  const own = [
    ...(zooKeeper ? zooKeeperClient(broker, controllerPorts[0]!) : controllerToo(broker, layout)),
    `listeners=${[listeners(bind), ...(zooKeeper ? [] : [controller])].join()}`,
    `advertised.listeners=${listeners('127.0.0.1')}`,
    `log.dirs=${literal(dataFolder(folder, broker.id))}`,
    `default.replication.factor=${replicas}`,
    `offsets.topic.replication.factor=${replicas}`,
    `transaction.state.log.replication.factor=${replicas}`,
    `transaction.state.log.min.isr=1`,
    `share.coordinator.state.topic.replication.factor=${replicas}`,
    `share.coordinator.state.topic.min.isr=1`,
    ...(brokerPorts ? securityProperties(folder) : [])
  ]
  return [await readFile(join(templates, 'server.properties'), 'utf8'), ...own, '', ...settings.map(literal), ''].join(
    '\n'
  )
}

function controllerToo({ id }: Broker, { brokers, controllerPorts }: Layout): string[] {
  const voters = brokers.map(({ id }, i) => `${id}@127.0.0.1:${controllerPorts[i]}`)
  return [
    'process.roles=broker,controller',
    'controller.listener.names=CONTROLLER',
    `node.id=${id}`,
    `controller.quorum.voters=${voters.join(',')}`
  ]
}

export const dataFolder = (folder: string, id: number): string => join(brokerFolder(folder, id), 'data')
