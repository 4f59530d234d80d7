/** Kafka's own console consumer as a member of a group. */
import type { ChildProcess } from 'node:child_process'
import { afterAll } from '@jest/globals'
import { bootstrap, startKafkaTool } from './broker.js'
import { assignedTo, committed } from './groups.js'
import { until } from './long-runs.js'
import { finished } from './sluice.js'

/** Its `client.id`. */
const CLIENT = 'console-consumer'

const running = new Set<ChildProcess>()

afterAll(() => {
  // What a failed test left running.
  for (const child of running) child.kill('SIGKILL')
})

export class JavaMember {
  stdout = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  private constructor(
    child: ChildProcess,
    readonly topic: string,
    readonly group: string
  ) {
    this.#child = child
    child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    running.add(child)
    this.#ended = finished(child, '', 180_000).finally(() => running.delete(child))
    // Who stops it hears of it.
    this.#ended.catch(() => undefined)
  }

  /** @param properties of the consumer, `KEY=VALUE` */
  static async start(topic: string, group: string, ...properties: string[]): Promise<JavaMember> {
    const all = ['auto.offset.reset=earliest', 'auto.commit.interval.ms=100', ...properties]
    const more = all.flatMap((each) => ['--consumer-property', each])
    const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--group', group, ...more]
    return new JavaMember(await startKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', args), topic, group)
  }

  /**
   * Resolves once it has committed in the generation that the group has settled on. Until it has heard of that, it goes on
   * reading what it keeps, but its end commits nothing (`ConsumerCoordinator.close`), so that others read it again.
   */
  async commits(): Promise<void> {
    const before = await committed(this.group, this.topic)
    const own = (await assignedTo(CLIENT, this.group)).map((name) => +name.slice(name.lastIndexOf(':') + 1))
    await until(async () => {
      const now = await committed(this.group, this.topic)
      return own.some((partition) => (now[partition] ?? 0) > (before[partition] ?? 0))
    })
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended
  }
}
