import { string } from '@oclif/core/args'
import { ClusterCommand } from '../../cli/command.js'
import { isolation, offsets, reportFlags, reportFormat } from '../../cli/flags.js'
import { UsageError } from '../../errors.js'

const columns = ['topic', 'partition', 'start', 'end', 'offset'] as const

export default class Show extends ClusterCommand {
  static override summary = 'Show where topics start and end, and what an OFFSETS expression resolves to.'

  static override strict = false

  static override args = {
    topic: string({ description: 'topics, one or more', required: true })
  }

  static override flags = {
    at: offsets({ description: 'the expression to resolve [default: latest]' }),
    isolation,
    ...reportFlags
  }

  static override examples = [
    { description: 'Where a topic stands:', command: '<%= config.bin %> offsets show orders' },
    { description: 'Where yesterday began:', command: '<%= config.bin %> offsets show orders --at @-1d' }
  ]

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Show)
    const at = flags.at ?? { kind: 'latest' }
    if (at.kind === 'group') throw new UsageError('--at group needs a group', 'name another offset')
    const { showOffsets } = await import('../../jobs/offsets-show.js')
    const rows = await showOffsets(
      {
        settings: await this.settings(flags),
        topics: [...new Set(argv as string[])].sort(),
        at,
        isolation: flags.isolation,
        notice: (line) => this.notice(line)
      },
      this.signal
    )
    const { printReport } = await import('../../cli/report.js')
    await printReport(
      rows.map((row) => ({ ...row })),
      columns,
      reportFormat(flags)
    )
  }
}
