/** Kafka's own console consumer as a member of a group. */
import type { ChildProcess } from 'node:child_process'
import { afterAll } from '@jest/globals'
import { bootstrap, startKafkaTool } from './broker.js'
import { finished } from './sluice.js'

const running = new Set<ChildProcess>()

afterAll(() => {
  // What a failed test left running.
  for (const child of running) child.kill('SIGKILL')
})

export class JavaMember {
  stdout = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    running.add(child)
    this.#ended = finished(child, '', 180_000).finally(() => running.delete(child))
    // Who stops it hears of it.
    this.#ended.catch(() => undefined)
  }

  /** @param properties of the consumer, `KEY=VALUE` */
  static async start(topic: string, group: string, ...properties: string[]): Promise<JavaMember> {
    const more = ['auto.offset.reset=earliest', ...properties].flatMap((each) => ['--consumer-property', each])
    const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--group', group, ...more]
    return new JavaMember(await startKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', args))
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended
  }
}
