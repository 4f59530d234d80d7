/** A broker's server.properties: what all brokers have in common (sandbox/server.properties), its own, and --set. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { templates } from './jars.js'
import { brokerFolder, type Broker } from './state.js'

export interface Layout {
  folder: string
  brokers: readonly Broker[]
  /** A port for the controllers of each broker, in the same order. */
  controllerPorts: readonly number[]
  /** Where brokers listen; 0.0.0.0 in a container whose ports are published on loopback. */
  bind: string
  /** `KEY=VALUE`. */
  settings: readonly string[]
}

/** Every broker is a controller too, so that any one may be stopped in a cluster of three. */
export async function serverProperties(broker: Broker, layout: Layout): Promise<string> {
  const { folder, brokers, controllerPorts, bind, settings } = layout
  const replicas = Math.min(3, brokers.length)
  const voters = brokers.map(({ id }, i) => `${id}@127.0.0.1:${controllerPorts[i]}`)
  const controllerPort = controllerPorts[brokers.indexOf(broker)]
  const own = [
    `node.id=${broker.id}`,
    `controller.quorum.voters=${voters.join(',')}`,
    `listeners=CLIENT://${bind}:${broker.port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=CLIENT://127.0.0.1:${broker.port}`,
    `log.dirs=${literal(dataFolder(folder, broker.id))}`,
    `default.replication.factor=${replicas}`,
    `offsets.topic.replication.factor=${replicas}`,
    `transaction.state.log.replication.factor=${replicas}`,
    `transaction.state.log.min.isr=1`,
    `share.coordinator.state.topic.replication.factor=${replicas}`,
    `share.coordinator.state.topic.min.isr=1`
  ]
  return [await readFile(join(templates, 'server.properties'), 'utf8'), ...own, '', ...settings.map(literal), ''].join(
    '\n'
  )
}

export const dataFolder = (folder: string, id: number): string => join(brokerFolder(folder, id), 'data')

/** The text itself, in a file that Java reads as Latin-1 with backslashes for escapes. */
function literal(text: string): string {
  const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replaceAll('\\', '\\\\').replace(/[^\x20-\x7e]/g, code)
}
