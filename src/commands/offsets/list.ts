import { string } from '@oclif/core/args'
import { ClusterCommand } from '../../cli/command.js'
import { reportFlags, reportFormat } from '../../cli/flags.js'

const columns = ['group', 'topic', 'partition', 'committed', 'start', 'end', 'lag'] as const

export default class List extends ClusterCommand {
  static override summary = 'List the committed offsets of groups, partition by partition, and how far behind they are.'

  static override description =
    'Every partition of a topic to which the group has committed is listed. One without a committed offset counts with ' +
    'all its records as lag. A topic that is gone stays in the list.'

  static override usage = 'offsets list [GROUP...] [FLAGS]'

  static override strict = false

  static override args = {
    group: string({ description: 'groups; all of them when none is named' })
  }

  static override flags = { ...reportFlags }

  static override examples = [
    { description: 'All groups:', command: '<%= config.bin %> offsets list' },
    {
      description: 'Partitions of a group that are more than 1000 records behind:',
      command: "<%= config.bin %> offsets list billing --json | jq '.[] | select(.lag > 1000)'"
    }
  ]

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(List)
    const { LagReader } = await import('../../jobs/lag-reader.js')
    const reader = await LagReader.open(
      {
        settings: await this.settings(flags),
        groups: argv.length > 0 ? [...new Set(argv as string[])] : null,
        topics: null,
        isolation: 'uncommitted',
        time: false,
        members: false,
        checkpoint: null
      },
      this.signal
    )
    try {
      const { partitions, gone, unknown } = await reader.read(this.signal)
      for (const line of [...gone, ...unknown]) this.notice(line)
      const { printReport } = await import('../../cli/report.js')
      await printReport(partitions, columns, reportFormat(flags))
    } finally {
      reader.close()
    }
  }
}
