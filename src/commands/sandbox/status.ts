import { boolean } from '@oclif/core/flags'
import { SluiceCommand } from '../../cli/command.js'
import { sandboxFolder, whichSandbox } from '../../cli/sandbox.js'
import { ConditionError } from '../../errors.js'
import { sandboxStatus } from '../../jobs/sandbox.js'

export default class Status extends SluiceCommand {
  static override summary = 'Say whether a sandbox is running, and where.'
  static override description = 'The exit code is 0 when it is running, and 3 when it is not.'
  static override examples = ['<%= config.bin %> sandbox status', '<%= config.bin %> sandbox status --json']
  static override flags = {
    ...whichSandbox,
    json: boolean({ description: 'the same as one JSON object' })
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Status)
    const folder = sandboxFolder(flags, process.env)
    const status = await sandboxStatus(folder)
    if (flags.json) await this.print(`${JSON.stringify(status ?? { running: false, folder })}\n`)
    if (!status) throw new ConditionError(`no sandbox is running in ${folder}`, '`sluice sandbox start` starts one')
    if (flags.json) return
    const { bootstrapServers, version, runtime, clientProperties, brokers } = status
    await this.print(`${bootstrapServers}\nKafka ${version} (${runtime}), data and logs in ${folder}\n`)
    if (clientProperties) await this.print(`secured: clients need -F '${clientProperties}'\n`)
    for (const { id, port, pid, running } of brokers) {
      await this.print(`broker ${id}: port ${port}, ${running ? `process ${pid}` : 'ended'}\n`)
    }
  }
}
