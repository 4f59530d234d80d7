import { string } from '@oclif/core/args'
import { ClusterCommand } from '../../cli/command.js'
import { execute, reportFlags, reportFormat } from '../../cli/flags.js'
import { UsageError } from '../../errors.js'

export default class Import extends ClusterCommand {
  static override summary = 'Set committed offsets as a file says: shows the plan, and does it with --execute.'

  static override description =
    "The file is the CSV of `offsets export` or of Kafka's own kafka-consumer-groups: TOPIC,PARTITION,OFFSET of the group " +
    'that is named; or GROUP,TOPIC,PARTITION,OFFSET, where a group that is named must be the only one in the file. A header ' +
    'line and blank lines are no harm. The plan is that of `offsets reset`, with the same rules.'

  static override usage = 'offsets import [GROUP] FILE [FLAGS]'

  static override args = {
    group: string({ description: 'the group, where the file does not name it' }),
    file: string({ description: 'the file, - for standard input' })
  }

  static override flags = { execute, ...reportFlags }

  static override examples = [
    { description: 'What would it do:', command: '<%= config.bin %> offsets import billing plan.csv' },
    { description: 'Do it:', command: '<%= config.bin %> offsets import billing plan.csv --execute' }
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Import)
    // The file comes last, whether a group is named before it or not.
    const [path, group] = args.file === undefined ? [args.group, null] : [args.file, args.group!]
    if (path === undefined) throw new UsageError('no file is named', 'write it behind the group, - for standard input')
    const { importOffsets } = await import('../../jobs/offsets-import.js')
    const done = await importOffsets(
      {
        settings: await this.settings(flags),
        group,
        path,
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
