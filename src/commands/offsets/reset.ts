import { string } from '@oclif/core/args'
import { boolean, custom } from '@oclif/core/flags'
import { ClusterCommand } from '../../cli/command.js'
import { execute, isolation, offsets, reportFlags, reportFormat, topicPartitions } from '../../cli/flags.js'
import { parseShift } from '../../cli/offset-spec.js'
import { distinctTopics } from '../../cli/topic-partitions.js'
import { UsageError } from '../../errors.js'

const shift = custom<bigint>({
  helpValue: 'N',
  description: 'by how many offsets to move: forward, or back as in --shift -100',
  parse: (text) => new Promise((resolve) => resolve(parseShift(text)))
})

export default class Reset extends ClusterCommand {
  static override summary = "Move a group's committed offsets: shows the plan, and does it with --execute."

  static override description =
    'The plan shows the committed offset of each partition (from), the new one (to), and how many records lie between: ' +
    'that many are skipped, or, below zero, read again. An offset out of range is moved to the start or end of its ' +
    'partition. A group that has members is refused. One that does not exist is created.'

  static override usage = 'offsets reset GROUP --topic TOPIC[:0,1] | --all-topics --to OFFSETS | --shift N [FLAGS]'

  static override args = {
    group: string({ description: 'the group', required: true })
  }

  static override flags = {
    topic: topicPartitions({ description: 'a topic, or some of its partitions; repeatable' }),
    'all-topics': boolean({ description: 'all topics to which the group has committed' }),
    to: offsets({ description: 'where to: earliest, latest, @TIME, N, -N (the last N), P:N,…; group is where it is' }),
    shift: shift(),
    execute,
    isolation,
    ...reportFlags
  }

  static override examples = [
    {
      description: 'Read again what has come since midnight; first the plan, then the act:',
      command: '<%= config.bin %> offsets reset billing --topic orders --to @2024-03-01'
    },
    '<%= config.bin %> offsets reset billing --topic orders --to @2024-03-01 --execute',
    {
      description: 'Repeat the last 100 records of two partitions:',
      command: '<%= config.bin %> offsets reset billing --topic orders:0,1 --shift -100 --execute'
    },
    {
      description: 'Skip everything that there is:',
      command: '<%= config.bin %> offsets reset billing --all-topics --to latest --execute'
    }
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Reset)
    const { topic = [], to = flags.shift } = flags
    if (topic.length > 0 === Boolean(flags['all-topics'])) {
      throw new UsageError('it must be clear which topics are meant', 'give either --topic or --all-topics')
    }
    if (to === undefined || (flags.to && flags.shift !== undefined)) {
      throw new UsageError('it must be clear where the group shall go', 'give either --to or --shift')
    }
    const topics = flags['all-topics'] ? null : distinctTopics(topic)
    const { resetOffsets } = await import('../../jobs/offsets-reset.js')
    const done = await resetOffsets(
      {
        settings: await this.settings(flags),
        group: args.group,
        topics,
        to,
        isolation: flags.isolation,
        execute: flags.execute,
        notice: (line) => this.notice(line)
      },
      this.signal
    )
    const { nothingDone, printPlan } = await import('../../cli/plan-report.js')
    await printPlan(done, reportFormat(flags))
    if (!flags.execute) this.notice(nothingDone)
  }
}
