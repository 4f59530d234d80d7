import { boolean, custom } from '@oclif/core/flags'
import { SluiceCommand } from '../../cli/command.js'
import { count, parsePair } from '../../cli/flags.js'
import { cacheFolder, sandboxFolder, whichSandbox } from '../../cli/sandbox.js'
import { UsageError } from '../../errors.js'
import { bootstrapServers, clientProperties, described, sandboxStatus, startSandbox } from '../../jobs/sandbox.js'

const setting = custom<string>({
  helpValue: 'KEY=VALUE',
  parse: (text) => Promise.resolve(text).then((text) => (parsePair(text), text))
})
const version = custom<string>({
  helpValue: 'X.Y.Z',
  parse: (text) =>
    /^\d+\.\d+\.\d+$/.test(text)
      ? Promise.resolve(text)
      : Promise.reject(new UsageError(`'${text}' is no version of Kafka`, 'write it as in 4.1.1'))
})

export default class Start extends SluiceCommand {
  static override summary = 'Start a real Kafka on this machine, for trying things and for tests.'
  static override description =
    'The brokers listen on 127.0.0.1 alone and go on after the command ends; their addresses are printed. It needs a ' +
    'Java runtime (17 or newer), and Maven the first time, to fetch Kafka; without them it uses Docker and the image ' +
    'apache/kafka. Records stay until `sluice sandbox stop --delete`, however old they are. A sandbox that runs already ' +
    'is left as it is.'

  static override examples = [
    '<%= config.bin %> sandbox start',
    '<%= config.bin %> sandbox start --brokers 3 --port 19092',
    'export KAFKA_BOOTSTRAP_SERVERS=$(<%= config.bin %> sandbox start --set log.segment.bytes=1048576)'
  ]
  static override flags = {
    ...whichSandbox,
    brokers: count({ min: 1, max: 9, description: 'how many, on ports that follow each other [default: 1]' }),
    secure: boolean({ description: 'with TLS and SCRAM-SHA-512, and a client.properties to use it with' }),
    set: setting({
      multiple: true,
      multipleNonGreedy: true,
      description: "a line of every broker's server.properties, repeatable"
    }),
    'kafka-version': version({ description: 'another version of Kafka than the one sluice is tested with' }),
    json: boolean({ description: 'print what `status --json` prints' })
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Start)
    const folder = sandboxFolder(flags, process.env)
    const since = performance.now()
    const { sandbox, started } = await startSandbox({
      folder,
      port: flags.port,
      brokers: flags.brokers,
      version: flags['kafka-version'],
      settings: flags.set ?? [],
      secure: flags.secure,
      cache: cacheFolder(process.env),
      javaHome: process.env['JAVA_HOME'],
      notice: (text) => this.notice(text),
      signal: this.signal
    })
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    const how = started ? `is ready after ${seconds} s` : 'runs already'
    const which = flags.data ? ` --data '${flags.data}'` : flags.port === 9092 ? '' : ` --port ${flags.port}`
    this.notice(`the sandbox ${how} (${described(sandbox)}): \`sluice sandbox stop${which}\` ends it`)
    const properties = clientProperties(sandbox, folder)
    if (properties) this.notice(`its clients need -F '${properties}'`)
    const report = flags.json ? JSON.stringify(await sandboxStatus(folder)) : bootstrapServers(sandbox.brokers)
    await this.print(`${report}\n`)
  }
}
