import { string } from '@oclif/core/args'
import { ClusterCommand } from '../../cli/command.js'
import { execute, reportFlags, reportFormat, topicPartitions } from '../../cli/flags.js'
import { distinctTopics } from '../../cli/topic-partitions.js'

export default class Delete extends ClusterCommand {
  static override summary =
    'Delete a group, or its committed offsets in some topics: shows them, and does it with --execute.'

  static override description =
    'Without --topic the group goes with all of its offsets. A group that has members is refused.'

  static override args = {
    group: string({ description: 'the group', required: true })
  }

  static override flags = {
    topic: topicPartitions({ description: 'only the offsets in this topic, or in some of its partitions; repeatable' }),
    execute,
    ...reportFlags
  }

  static override examples = [
    {
      description: 'Forget a topic that the group no longer reads:',
      command: '<%= config.bin %> offsets delete billing --topic orders-old --execute'
    },
    { description: 'Forget the group:', command: '<%= config.bin %> offsets delete billing --execute' }
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Delete)
    const topics = flags.topic ? distinctTopics(flags.topic) : null
    const { deleteCommitted } = await import('../../jobs/offsets-delete.js')
    const done = await deleteCommitted(
      {
        settings: await this.settings(flags),
        group: args.group,
        topics,
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
