import { string } from '@oclif/core/args'
import { boolean, custom, string as text } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import {
  byDefault,
  compression,
  count,
  createTopic,
  delimiters,
  duration,
  headers,
  names,
  parallelism,
  rate,
  size
} from '../cli/flags.js'
import { checkProduce, inputOf, parseSequence, writingOptions } from '../cli/produce-plan.js'

export default class Produce extends ClusterCommand {
  static override summary = 'Write records from files, standard input or the command line to a topic.'

  static override description =
    'Each line is a record, unless --format says otherwise. It ends when every record is acknowledged by all in-sync ' +
    'replicas; writing is idempotent, so that trying again never writes a record twice.'

  static override usage = 'produce TOPIC [FILE...] [FLAGS]'

  static override strict = false

  static override args = {
    topic: string({ description: 'the topic to write to', required: true }),
    file: string({ description: 'files to read, - for standard input (the default)' })
  }

  static override flags = {
    format: text({
      char: 'f',
      default: 'lines',
      options: ['lines', 'jsonl', 'csv', 'tsv', 'envelope', 'length-prefixed', 'file'],
      description: 'what the input is'
    }),
    ...delimiters,
    tombstones: boolean({ char: 'Z', description: 'an empty value is a tombstone (null)' }),
    elements: text({ multiple: true, description: 'records from the command line instead of a file' }),
    sequence: custom<[bigint, bigint]>({
      helpValue: 'FIRST:LAST',
      description: 'the whole numbers from FIRST to LAST instead of a file',
      parse: (value) => new Promise((resolve) => resolve(parseSequence(value)))
    })(),
    key: text({ char: 'k', description: 'the key of records that have none' }),
    'key-field': text({ helpValue: 'FIELD', description: 'the field or column that is the key' }),
    'value-field': text({ helpValue: 'FIELD', description: 'the field or column that is the value' }),
    'timestamp-field': text({
      helpValue: 'FIELD',
      description: 'the field or column with the timestamp (ms or ISO 8601)'
    }),
    'key-as': text({ helpValue: 'TYPE', default: 'string', description: 'what text keys are encoded as' }),
    'value-as': text({
      helpValue: 'TYPE',
      default: 'string',
      description: 'what text values are encoded as: string, json, hex, base64, int32, int64, float64, uuid'
    }),
    columns: names({ description: 'names of the columns of csv and tsv, which then have no header line' }),
    header: headers,
    partition: count({ char: 'p', description: 'write all records to this partition' }),
    partitioner: text({
      default: 'default',
      helpValue: 'HOW',
      description:
        'default (by key as Java clients do; without a key, batches in turn), round-robin, fixed (subtask % partitions), ' +
        'keep (the partition of an envelope), N, or field:NAME (by a field of a JSON value as if it were the key)'
    }),
    ...parallelism,
    delivery: custom<'at-least-once' | 'none'>({
      options: ['at-least-once', 'none'],
      default: 'at-least-once',
      description: 'at-least-once waits for every record to be acknowledged, none for nothing',
      parse: (value) => Promise.resolve(value as 'none')
    })(),
    acks: custom<-1 | 0 | 1>({
      options: ['all', '1', '0'],
      description: 'who acknowledges: all in-sync replicas (default), the leader, or nobody',
      parse: (value) => Promise.resolve(value === 'all' ? -1 : value === '1' ? 1 : 0)
    })(),
    compression: compression({
      char: 'z',
      description: 'none, gzip, snappy, lz4 or zstd, with a level as in zstd:3',
      ...byDefault({ codec: 'none' as const, level: undefined }, 'none')
    }),
    'batch-bytes': size({ description: 'the largest batch [default: 1m, or what the topic takes]' }),
    linger: duration({ description: 'how long a batch waits for more on a slow input', ...byDefault(5, '5ms') }),
    rate: rate({ description: 'at most so many records a second' }),
    'create-topic': createTopic,
    'log-failures-only': boolean({ description: 'report and count records that could not be written, and end well' }),
    progress: boolean({ description: 'show progress on stderr [default: when it is a terminal]', allowNo: true })
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
    const writing = writingOptions(flags, topic)
    const { pipe } = await import('../jobs/pipe.js')
    const { openProgress } = await import('../cli/progress.js')
    const progress = await openProgress('produce', flags.progress)
    try {
      await pipe(
        {
          source,
          sink: { kind: 'kafka', settings: await this.settings(flags), ...writing },
          onError: 'fail',
          progress: (count) => progress.update(count),
          notice: (line) => this.notice(line),
          verbose: (line) => {
            progress.stop()
            this.verbose(line)
          }
        },
        this.signal
      )
    } finally {
      progress.stop()
    }
  }
}
