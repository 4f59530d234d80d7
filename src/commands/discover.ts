import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { count, interval, reportFlags, reportFormat } from '../cli/flags.js'
import { parseTopicPattern } from '../cli/topic-pattern.js'

const columns = ['topic', 'partition', 'leader', 'replicas', 'inSync', 'start', 'end', 'records', 'subtask'] as const

export default class Discover extends ClusterCommand {
  static override summary = 'List topics and partitions with their leaders and offsets.'

  static override args = {
    regex: string({ description: 'only topics whose whole name matches' })
  }

  static override flags = {
    parallelism: count({ min: 1, max: 10_000, description: 'add which of so many subtasks would read each partition' }),
    internal: boolean({ description: 'internal topics too' }),
    watch: interval({
      description: 'a line for each topic or partition that appears, grows or goes, this often looked for'
    }),
    ...reportFlags
  }

  static override examples = [
    { description: 'All topics:', command: '<%= config.bin %> discover' },
    {
      description: 'How many records some topics hold:',
      command: "<%= config.bin %> discover 'orders.*' --format csv"
    },
    { description: 'What is written, as it goes on:', command: '<%= config.bin %> discover --watch 5s' },
    { description: 'The shares of three readers:', command: '<%= config.bin %> discover orders --parallelism 3' }
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Discover)
    const pattern = args.regex === undefined ? null : parseTopicPattern(args.regex)
    const format = reportFormat(flags)
    const options = {
      settings: await this.settings(flags),
      pattern,
      internal: flags.internal,
      parallelism: flags.parallelism ?? null,
      notice: (line: string) => this.notice(line)
    }
    if (flags.watch !== undefined) {
      const { ChangeView } = await import('../cli/change-view.js')
      const { watchTopics } = await import('../jobs/discover-watch.js')
      const view = new ChangeView(format)
      const observe = view.show.bind(view)
      const onReady = (): void => this.verbose('ready')
      return watchTopics({ ...options, interval: flags.watch, observe, onReady }, this.signal)
    }
    const { discover } = await import('../jobs/discover.js')
    const rows = await discover(options, this.signal)
    const { printReport } = await import('../cli/report.js')
    const shown = columns.filter((column) => column !== 'subtask' || flags.parallelism !== undefined)
    await printReport(rows as Row[], shown, format)
  }
}

type Row = Record<(typeof columns)[number], string | number | bigint | number[] | null>
