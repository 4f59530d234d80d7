import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { count, reportFlags, reportFormat } from '../cli/flags.js'
import { parseTopicPattern } from '../cli/topic-pattern.js'

const columns = ['topic', 'partition', 'leader', 'replicas', 'inSync', 'start', 'end', 'records', 'subtask'] as const

export default class Discover extends ClusterCommand {
  static override summary = 'list topics and partitions with their leaders and offsets'

  static override args = {
    regex: string({ description: 'only topics whose whole name matches' })
  }

  static override flags = {
    parallelism: count({ min: 1, max: 10_000, description: 'add which of so many subtasks would read each partition' }),
    internal: boolean({ description: 'internal topics too' }),
    ...reportFlags
  }

  static override examples = [
    { description: 'All topics:', command: '<%= config.bin %> discover' },
    {
      description: 'How many records some topics hold:',
      command: "<%= config.bin %> discover 'orders.*' --format csv"
    },
    { description: 'The shares of three readers:', command: '<%= config.bin %> discover orders --parallelism 3' }
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Discover)
    const pattern = args.regex === undefined ? null : parseTopicPattern(args.regex)
    const { discover } = await import('../jobs/discover.js')
    const rows = await discover(
      {
        settings: await this.settings(flags),
        pattern,
        internal: flags.internal,
        parallelism: flags.parallelism ?? null,
        notice: (line) => this.notice(line)
      },
      this.signal
    )
    const { printReport } = await import('../cli/report.js')
    const shown = columns.filter((column) => column !== 'subtask' || flags.parallelism !== undefined)
    await printReport(rows as Row[], shown, reportFormat(flags))
  }
}

type Row = Record<(typeof columns)[number], string | number | bigint | number[] | null>
