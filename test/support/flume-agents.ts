/** Flume's agents as tests have them: one writes what it gets by Avro into files, one sends lines on by Avro. */
import { readFileSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePorts } from './ports.js'
import { startFlume } from './java-servers.js'
import { until } from './long-runs.js'
import type { Server } from './server.js'

type Properties = Record<string, string | number>

const here = { bind: '127.0.0.1' }
/** What a channel's taker waits for one more event: without that it sleeps for seconds where there is none. */
const patient = { type: 'memory', capacity: 20_000, 'keep-alive': 600 }

/**
 * Flows from an Avro source each into a folder each, the last of them compressed, and one more that an Avro sink sends on:
 * from the port `from` to the port `to`.
 */
export class ReceivingAgent {
  static async start(flows: number): Promise<ReceivingAgent> {
    const [from, to, ...ports] = (await freePorts(flows + 2)) as [number, number, ...number[]]
    const server = await startFlume(ports[0]!, (folder) =>
      configuration([
        {
          source: { ...here, type: 'avro', port: from },
          channel: patient,
          sink: { type: 'avro', hostname: '127.0.0.1', port: to, 'batch-size': 1 }
        },
        ...ports.map((port, i) => ({
          source: { ...here, type: 'avro', port, 'compression-type': i === flows - 1 ? 'deflate' : 'none' },
          channel: patient,
          sink: {
            ...{ type: 'file_roll', 'sink.directory': folder, 'sink.pathManager.prefix': `flow${i}-` },
            ...{ 'sink.rollInterval': 0, 'sink.serializer': 'HEADER_AND_TEXT', 'sink.batchSize': 1 }
          }
        }))
      ])
    )
    const agent = new ReceivingAgent(server, ports, { from, to })
    await agent.listens()
    return agent
  }

  readonly server: Server
  readonly ports: readonly number[]
  readonly relay: { from: number; to: number }

  private constructor(server: Server, ports: readonly number[], relay: { from: number; to: number }) {
    this.server = server
    this.ports = ports
    this.relay = relay
  }

  async listens(): Promise<void> {
    for (const port of [this.relay.from, ...this.ports]) await until(() => isOpen(port))
  }

  async revive(): Promise<void> {
    await this.server.revive()
    await this.listens()
  }

  /** What came by one: headers and body. */
  events(flow: number): { headers: string; body: string }[] {
    const { folder } = this.server
    const files = [...readdirSync(folder)].filter((name) => name.startsWith(`flow${flow}-`))
    // Their names end with a number that grows.
    const lines = files.sort().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    return lines.map((line) => {
      const [, headers, body] = /^\{(.*?)\} (.*)$/.exec(line)!
      return { headers: headers!, body: body! }
    })
  }

  bodies(flow: number): string[] {
    return this.events(flow).map(({ body }) => body)
  }
}

/** Flows of lines to one port, through channels that outlive it. */
export class SendingAgent {
  /** @param to where each flow goes, and how */
  static async start(to: { port: number; compression: string }[]): Promise<SendingAgent> {
    const ports = await freePorts(to.length)
    const server = await startFlume(ports[0]!, (folder) =>
      configuration(
        to.map(({ port, compression }, i) => ({
          source: { ...here, type: 'netcat', port: ports[i]! },
          channel: {
            ...{ type: 'file', checkpointDir: join(folder, `checkpoint${i}`), dataDirs: join(folder, `data${i}`) },
            ...{ capacity: 20_000, minimumRequiredSpace: 1_048_576 }
          },
          sink: { ...{ type: 'avro', hostname: '127.0.0.1', port, 'batch-size': 100 }, 'compression-type': compression }
        }))
      )
    )
    return new SendingAgent(server, ports)
  }

  readonly server: Server
  readonly #ports: readonly number[]

  private constructor(server: Server, ports: readonly number[]) {
    this.server = server
    this.#ports = ports
  }

  /** Resolves when the agent has them in its channel. */
  async give(flow: number, lines: readonly string[]): Promise<void> {
    const port = this.#ports[flow]!
    await until(() => isOpen(port))
    await new Promise<void>((resolve, reject) => {
      let answers = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(lines.map((line) => `${line}\n`).join('')))
      socket.on('error', reject).on('data', (chunk: Buffer) => {
        answers += chunk.toString()
        if (answers.split('\n').length > lines.length) socket.destroy()
      })
      socket.on('close', () => (/^(OK\n)*$/.test(answers) ? resolve() : reject(new Error(answers.slice(-200)))))
    })
  }
}

function configuration(flows: { source: Properties; channel: Properties; sink: Properties }[]): string {
  const lines: string[] = []
  for (const kind of ['source', 'channel', 'sink'] as const) {
    lines.push(`a.${kind}s = ${flows.map((_, i) => `${kind}${i}`).join(' ')}`)
    for (const [i, flow] of flows.entries()) {
      const ofChannel: Properties = kind === 'source' ? { channels: `channel${i}` } : { channel: `channel${i}` }
      const properties = { ...flow[kind], ...(kind !== 'channel' && ofChannel) }
      for (const [name, value] of Object.entries(properties)) lines.push(`a.${kind}s.${kind}${i}.${name} = ${value}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.destroy())
    socket.on('error', () => resolve(false)).on('close', (failed) => resolve(!failed))
  })
}
