import { string } from '@oclif/core/args'
import { ClusterCommand } from '../../cli/command.js'

export default class Export extends ClusterCommand {
  static override summary = 'Print the committed offsets of groups as the CSV that `offsets import` reads.'

  static override description =
    "It is the CSV of Kafka's own kafka-consumer-groups, without a header line: topic, partition, offset; with several " +
    'groups, the group comes first. The groups may be active meanwhile.'

  static override usage = 'offsets export GROUP... [FLAGS]'

  static override strict = false

  static override args = {
    group: string({ description: 'groups, one or more', required: true })
  }

  static override examples = [
    { description: 'Keep where a group stands:', command: '<%= config.bin %> offsets export billing > plan.csv' },
    {
      description: 'Let another group begin there:',
      command: '<%= config.bin %> offsets export billing | <%= config.bin %> offsets import audit - --execute'
    }
  ]

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Export)
    const groups = [...new Set(argv as string[])]
    const { exportOffsets } = await import('../../jobs/offsets-export.js')
    const rows = await exportOffsets(
      { settings: await this.settings(flags), groups, notice: (line) => this.notice(line) },
      this.signal
    )
    const { csvReport } = await import('../../cli/report.js')
    const columns = ['topic', 'partition', 'offset'] as const
    const cells = rows.map((row) => ({ ...row }))
    await this.print(await csvReport(cells, groups.length > 1 ? ['group', ...columns] : columns, false))
  }
}
