import { string } from '@oclif/core/args'
import { custom, option, string as text } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import {
  checkpoint,
  checkpointInterval,
  progress,
  schemas,
  summaryAsJson,
  textSource,
  topicSink
} from '../cli/endpoint-flags.js'
import { schemaRegistry } from '../cli/flags.js'
import { keepingOf } from '../cli/keeping-plan.js'
import { checkProduce, inputOf, parseSequence, writingOptions } from '../cli/produce-plan.js'
import { usesSchemas } from '../cli/schema-forms.js'

export default class Produce extends ClusterCommand {
  static override summary = 'Write records from files, standard input or the command line to a topic.'

  static override description =
    'Each line is a record, unless --format says otherwise. It ends when every record is acknowledged by all in-sync ' +
    'replicas; writing is idempotent, so that trying again never writes a record twice.'

  static override usage = 'produce TOPIC [FILE...] [FLAGS]'

  static override strict = false

  static override args = {
    topic: string({ description: 'the topic to write to', required: true }),
    file: string({ description: 'files to read (.gz and .zst are unpacked), - for standard input (the default)' })
  }

  static override flags = {
    ...textSource,
    elements: text({ multiple: true, description: 'records from the command line instead of a file' }),
    sequence: custom<[bigint, bigint]>({
      helpValue: 'FIRST:LAST',
      description: 'the whole numbers from FIRST to LAST instead of a file',
      parse: (value) => new Promise((resolve) => resolve(parseSequence(value)))
    })(),
    ...topicSink,
    ...schemas,
    delivery: option({
      options: ['at-least-once', 'exactly-once', 'none'] as const,
      default: 'at-least-once',
      description:
        'at-least-once waits for every record to be acknowledged, none for nothing; exactly-once writes in ' +
        'transactions: all of the input in one, or with --checkpoint one for each interval'
    })(),
    checkpoint,
    'checkpoint-interval': checkpointInterval,
    json: summaryAsJson,
    progress,
    ...schemaRegistry
  }

  static override examples = [
    { description: 'Lines of a file:', command: '<%= config.bin %> produce orders orders.txt' },
    {
      description: 'Key and value, from a pipe:',
      command: "printf 'k1:v1\\nk2:v2\\n' | <%= config.bin %> produce orders -K :"
    },
    {
      description: 'CSV with a header line, keyed by a column:',
      command: '<%= config.bin %> produce orders --format csv --key-field id orders.csv'
    },
    {
      description: 'A file, all of it or nothing:',
      command: '<%= config.bin %> produce orders orders.txt --delivery exactly-once'
    },
    {
      description: 'Copy a topic, byte for byte:',
      command:
        '<%= config.bin %> consume a -e --format envelope | <%= config.bin %> produce b --format envelope --partitioner keep'
    }
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Produce)
    const [topic, ...files] = argv as [string, ...string[]]
    checkProduce(flags, files)
    const source = inputOf(flags, files)
    const settings = await this.settings(flags)
    const writing = writingOptions(flags, topic, flags.delivery, settings.transaction)
    const encode = usesSchemas(flags)
      ? (await import('../cli/schema-plan.js')).planEncoding(flags, settings.registry)
      : null
    const { pipe } = await import('../jobs/pipe.js')
    const { summarized } = await import('../cli/summary.js')
    const notice = (line: string): void => this.notice(line)
    const verbose = (line: string): void => this.verbose(line)
    const sink = { kind: 'kafka' as const, settings, encode, ...writing }
    await summarized({ verb: 'produce', progress: flags.progress, json: flags.json, verbose }, (progress) =>
      pipe({ source, sink, lookup: null, onError: 'fail', ...keepingOf(flags), progress, notice, verbose }, this.signal)
    )
  }
}
