import { string } from '@oclif/core/args'
import { boolean, custom, string as text } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { count, duration, interval, reportFlags, reportFormat } from '../cli/flags.js'
import { checkLag, lagColumns } from '../cli/lag-plan.js'
import { parseListenAddress } from '../cli/listen-address.js'
import type { LagReport } from '../jobs/lag-rows.js'
import type { Address } from '../kafka/wire.js'

/** Milliseconds between two looks, and for waiting. */
const INTERVAL = 2_000
const PATIENCE = 60_000

export default class Lag extends ClusterCommand {
  static override summary = 'Show how far groups are behind.'

  static override description =
    'Lag is the number of records, by offsets, from where a group has committed to the end of each partition; where it ' +
    'never committed, the whole log. Without a group, all that have committed something.'

  static override usage = 'lag [GROUP...] [FLAGS]'

  static override strict = false

  static override args = { group: string({ description: 'groups to look at [default: all]' }) }

  static override flags = {
    topic: text({ multiple: true, multipleNonGreedy: true, description: 'only this topic, repeatable' }),
    by: custom<'topic' | 'partition'>({
      options: ['topic', 'partition'],
      default: 'topic',
      description: 'a row a group and topic, or a row a partition',
      parse: (value) => Promise.resolve(value as 'topic')
    })(),
    json: reportFlags.json,
    format: text({
      char: 'f',
      options: ['table', 'json', 'csv', 'prometheus'],
      description: 'the form of the report [default: table]'
    }),
    isolation: custom<'committed' | 'uncommitted'>({
      options: ['committed', 'uncommitted'],
      default: 'uncommitted',
      description: 'the end: the last stable offset, or the high watermark',
      parse: (value) => Promise.resolve(value as 'committed')
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
    checkLag(flags)
    const asMetrics = flags.format === 'prometheus'
    const format = asMetrics ? 'table' : reportFormat(flags)
    const columns = lagColumns(flags, format === 'table')
    const { LagReader } = await import('../jobs/lag-reader.js')
    const { remarksOn, rowsBy } = await import('../jobs/lag-rows.js')
    const rowsOf = rowsBy(flags.by)
    const reader = await LagReader.open(
      {
        settings: await this.settings(flags),
        groups: argv.length > 0 ? [...new Set(argv as string[])] : null,
        topics: flags.topic ?? null,
        isolation: flags.isolation,
        time: flags.time,
        members: flags.by === 'partition' && !asMetrics,
        checkpoint: flags.checkpoint ?? null
      },
      this.signal
    )
    try {
      if (flags.watch !== undefined || flags.history !== undefined || flags.listen !== undefined) {
        const { LagView } = await import('../cli/lag-view.js')
        const { watchLag } = await import('../jobs/lag-watch.js')
        const view = flags.watch === undefined ? null : new LagView(format, columns)
        const { watch = INTERVAL, timeout = null, history = null, listen = null } = flags
        const notice = (line: string): void => {
          view?.interrupted()
          this.notice(line)
        }
        const show = view && ((report: LagReport) => view.show(rowsOf(report), report.time))
        return await watchLag(reader, { interval: watch, timeout, show, history, listen, notice }, this.signal)
      }
      const { lookAtLag } = await import('../jobs/lag-follow.js')
      const max = flags.max === undefined && !flags.wait ? null : BigInt(flags.max ?? 0)
      const timeout = flags.wait ? (flags.timeout ?? PATIENCE) : null
      const { report, objection } = await lookAtLag(reader, { max, timeout, rowsOf }, this.signal)
      for (const line of remarksOn(report)) this.notice(line)
      if (asMetrics) await this.print((await import('../jobs/lag-metrics.js')).metricsText(report))
      else await (await import('../cli/report.js')).printReport(rowsOf(report), columns, format)
      if (objection) throw objection
    } finally {
      reader.close()
    }
  }
}
