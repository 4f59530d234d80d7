import { string } from '@oclif/core/args'
import { boolean, custom, option, string as text } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { count, duration, interval, reportFlags } from '../cli/flags.js'
import { planLag } from '../cli/lag-plan.js'
import { parseListenAddress } from '../cli/listen-address.js'
import type { LagReport } from '../jobs/lag-rows.js'
import type { Address } from '../kafka/wire.js'

export default class Lag extends ClusterCommand {
  static override summary = 'Show how far groups are behind.'

  static override description =
    'Lag is how many records a group has yet to read: from the offset that it has committed to the end of each partition, ' +
    'or the whole log where it never committed. Without a name, all groups are shown that have committed something; one ' +
    'that does not exist is an error. It is one look, unless --wait, --watch, --history or --listen make it go on.'

  static override usage = 'lag [GROUP...] [FLAGS]'

  static override strict = false

  static override args = { group: string({ description: 'groups to look at [default: all]' }) }

  static override flags = {
    topic: text({
      helpValue: 'TOPIC',
      multiple: true,
      multipleNonGreedy: true,
      description: 'only this topic, repeatable'
    }),
    by: option({
      options: ['topic', 'partition'] as const,
      default: 'topic',
      description: 'a row a group and topic, or a row a partition'
    })(),
    json: reportFlags.json,
    format: option({
      char: 'f',
      options: ['table', 'json', 'csv', 'prometheus'] as const,
      description: 'the form of the report [default: table]'
    })(),
    isolation: option({
      options: ['committed', 'uncommitted'] as const,
      default: 'uncommitted',
      description: 'what the end is: of committed records (the last stable offset), or of all (the high watermark)'
    })(),
    time: boolean({ description: 'seconds behind as well: the age of the next unread record' }),
    checkpoint: text({ helpValue: 'FILE', description: 'count from the positions in a checkpoint file of `consume`' }),
    max: count({ description: 'exit code 3 when a lag is over this' }),
    wait: boolean({ description: 'wait until no lag is over --max (0)' }),
    timeout: duration({ description: 'how long to wait or watch [default: 60s with --wait]' }),
    watch: interval({ description: 'look again and again [default: 2s with --history and --listen]' }),
    history: text({ helpValue: 'FILE.html', description: 'draw the lag over time in a page, until interrupted' }),
    listen: custom<Address>({
      helpValue: '[HOST:]PORT',
      description: 'serve /metrics for Prometheus, and a page with the curves',
      parse: (value) => new Promise((resolve) => resolve(parseListenAddress(value)))
    })()
  }

  static override examples = [
    { description: 'All groups:', command: '<%= config.bin %> lag' },
    {
      description: 'Who reads what, and how old it is:',
      command: '<%= config.bin %> lag billing --by partition --time'
    },
    { description: 'Wait until a group has read everything:', command: '<%= config.bin %> lag billing --wait' },
    { description: 'Fail when a group is far behind:', command: '<%= config.bin %> lag billing --max 1000' },
    { description: 'For Prometheus:', command: '<%= config.bin %> lag --listen 127.0.0.1:9308' }
  ]

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Lag)
    const plan = planLag(argv as string[], flags)
    const { LagReader } = await import('../jobs/lag-reader.js')
    const { remarksOn, rowsBy } = await import('../jobs/lag-rows.js')
    const rowsOf = rowsBy(flags.by)
    const reader = await LagReader.open({ settings: await this.settings(flags), ...plan.reader }, this.signal)
    try {
      if (plan.watch) {
        const { watchLag } = await import('../jobs/lag-watch.js')
        const view = flags.watch === undefined ? null : new (await import('../cli/lag-view.js')).LagView(plan)
        const show = view && ((report: LagReport) => view.show(rowsOf(report), report.time))
        const notice = (line: string): void => {
          view?.interrupted()
          this.notice(line)
        }
        return await watchLag(reader, { ...plan.watch, show, notice }, this.signal)
      }
      const { lookAtLag } = await import('../jobs/lag-follow.js')
      const { report, objection } = await lookAtLag(reader, { ...plan.look, rowsOf }, this.signal)
      for (const line of remarksOn(report)) this.notice(line)
      if (plan.format === 'prometheus') await this.print((await import('../jobs/lag-metrics.js')).metricsText(report))
      else await (await import('../cli/report.js')).printReport(rowsOf(report), plan.columns, plan.format)
      if (objection) throw objection
    } finally {
      reader.close()
    }
  }
}
