import { boolean } from '@oclif/core/flags'
import { SluiceCommand } from '../../cli/command.js'
import { count } from '../../cli/flags.js'
import { isTerminal, writeAll } from '../../cli/output.js'
import { sandboxFolder, whichSandbox } from '../../cli/sandbox.js'
import { readLog } from '../../jobs/sandbox-log.js'

export default class Logs extends SluiceCommand {
  static override summary = "Print the log of a sandbox's broker."
  static override examples = ['<%= config.bin %> sandbox logs -n 20', '<%= config.bin %> sandbox logs --follow']
  static override flags = {
    ...whichSandbox,
    broker: count({ default: 1, min: 1, max: 9, description: 'which of several' }),
    lines: count({ char: 'n', description: 'only the last N lines' }),
    follow: boolean({ char: 'f', description: 'go on with what is added' })
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Logs)
    const { broker, lines, follow } = flags
    const folder = sandboxFolder(flags, process.env)
    // Clients have a say in what a broker logs.
    const shown = isTerminal(1) ? new TextDecoder() : null
    for await (const part of readLog({ folder, broker, lines, follow, signal: this.signal })) {
      if (shown) await this.print(shown.decode(part, { stream: true }))
      else writeAll(1, part)
    }
  }
}
