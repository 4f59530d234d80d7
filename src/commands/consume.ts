import { string } from '@oclif/core/args'
import { string as text } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { formatterOptions, planConsume, reads } from '../cli/consume-plan.js'
import { keeping, textSink, topicSource } from '../cli/endpoint-flags.js'
import { schemaRegistry, topicPattern } from '../cli/flags.js'
import { keepingOf } from '../cli/keeping-plan.js'
import { planOnError } from '../cli/on-error.js'
import { usesSchemas } from '../cli/schema-forms.js'

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
    ...topicSource,
    'topic-pattern': topicPattern({ description: 'read the topics whose whole name matches' }),
    ...keeping,
    ...textSink,
    output: text({
      char: 'O',
      helpValue: 'FILE',
      description: 'write to FILE, compressed when it ends in .gz or .zst'
    }),
    ...schemaRegistry
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
    const clusters = await this.clusters(flags)
    const settings = clusters.own
    const topics = [{ cluster: '', has: (topic: string) => reads(plan.selection, topic) }]
    const onError = await planOnError(flags['on-error'], { files: [flags.output, flags.checkpoint], topics }, clusters)
    const decode = usesSchemas(flags)
      ? (await import('../cli/schema-plan.js')).planDecoding(flags, settings.registry)
      : null
    const { pipe } = await import('../jobs/pipe.js')
    const { summarized } = await import('../cli/summary.js')
    const notice = (line: string): void => this.notice(line)
    const verbose = (line: string): void => this.verbose(line)
    const output =
      flags.output === undefined ? 'stdout' : { file: flags.output, mode: 'overwrite' as const, roll: null }
    const progress = flags.progress ?? (output === 'stdout' ? false : undefined)
    await summarized({ verb: 'consume', progress, json: flags.json, verbose }, (progress) =>
      pipe(
        {
          source: { kind: 'kafka', settings, membership: settings.group, decode, ...plan },
          sink: { kind: 'text', output, format: formatterOptions(flags) },
          ...{ lookup: null, onError, ...keepingOf(flags), progress, notice, verbose }
        },
        this.signal
      )
    )
  }
}
