import { string } from '@oclif/core/args'
import { boolean, custom, string as text } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { formatterOptions, planConsume } from '../cli/consume-plan.js'
import {
  count,
  delimiters,
  duration,
  formatting,
  groupReading,
  isolation,
  offsets,
  parallelism,
  partition,
  reset,
  until
} from '../cli/flags.js'

export default class Consume extends ClusterCommand {
  static override summary = 'Read records of topics to standard output or a file.'

  static override description =
    'Reads from the start of the log and follows it, unless --from and --until (or --exit) say otherwise. ' +
    'Each record is written as its value and a newline, unless --format says otherwise.'

  static override usage = ['consume TOPIC... [FLAGS]', 'consume --topic-pattern REGEX [FLAGS]']

  static override strict = false

  static override args = {
    topic: string({ description: 'topics to read, one or more' })
  }

  static override flags = {
    from: offsets({ char: 'o', description: 'where to start [default: earliest; with a group: group]' }),
    partition,
    'topic-pattern': text({
      helpValue: 'REGEX',
      description: 'read the topics whose whole name matches',
      multiple: false
    }),
    until: until({ description: 'where to end, exclusive: end is as of now' }),
    exit: boolean({ char: 'e', description: 'end at the end as of now: --until end', exclusive: ['until'] }),
    max: count({ char: 'n', description: 'end after so many records' }),
    'idle-exit': duration({ description: 'end when there was no record for so long' }),
    reset,
    isolation,
    ...groupReading,
    ...parallelism,
    format: text({
      char: 'f',
      default: 'value',
      description: "value, jsonl, csv, tsv, envelope, hexdump, or a format string as in '%t %p %o %k %s\\n'"
    }),
    ...formatting,
    ...delimiters,
    output: text({
      char: 'O',
      helpValue: 'FILE',
      description: 'write to FILE, compressed when it ends in .gz or .zst'
    }),
    'on-error': custom<'fail' | 'skip'>({
      options: ['fail', 'skip'],
      default: 'fail',
      description: 'what a record that cannot be decoded does',
      parse: (value) => Promise.resolve(value as 'fail')
    })()
  }

  static override examples = [
    { description: 'All of a topic, as lines:', command: '<%= config.bin %> consume orders --exit' },
    {
      description: 'Three fields of JSON values, as CSV:',
      command: '<%= config.bin %> consume orders -e --format csv --fields key,value.user,value.amount'
    },
    {
      description: 'The last ten records of each partition:',
      command: '<%= config.bin %> consume orders --from -10 -e'
    },
    {
      description: 'What was written in the last hour, with its place:',
      command: "<%= config.bin %> consume orders --from @-1h -e -f '%t [%p] %o: %s\\n'"
    }
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Consume)
    const plan = planConsume(flags, argv as string[])
    const settings = await this.settings(flags)
    const { pipe } = await import('../jobs/pipe.js')
    await pipe(
      {
        source: { kind: 'kafka', settings, membership: settings.group, ...plan },
        sink: {
          kind: 'text',
          output: flags.output === undefined ? 'stdout' : { file: flags.output },
          format: formatterOptions(flags)
        },
        onError: flags['on-error'],
        progress: () => undefined,
        notice: (line) => this.notice(line),
        verbose: (line) => this.verbose(line)
      },
      this.signal
    )
  }
}
