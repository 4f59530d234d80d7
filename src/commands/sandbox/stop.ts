import { boolean } from '@oclif/core/flags'
import { SluiceCommand } from '../../cli/command.js'
import { sandboxFolder, whichSandbox } from '../../cli/sandbox.js'
import { stopSandbox } from '../../jobs/sandbox.js'

export default class Stop extends SluiceCommand {
  static override summary = "End a sandbox's brokers."
  static override examples = ['<%= config.bin %> sandbox stop', '<%= config.bin %> sandbox stop --delete']
  static override flags = {
    ...whichSandbox,
    delete: boolean({ description: 'its topics and offsets too; else the next start finds them again' })
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Stop)
    const folder = sandboxFolder(flags, process.env)
    const stopped = await stopSandbox(folder, flags.delete)
    const what = stopped ? 'the sandbox is stopped' : `no sandbox was running in ${folder}`
    this.notice(flags.delete ? `${what}, its data is removed` : `${what}, its data stays in ${folder}`)
  }
}
