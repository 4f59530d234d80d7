import { fileURLToPath } from 'node:url'
import { ClusterCommand } from '../cli/command.js'
import { originCheck, printCheck } from '../cli/doctor-view.js'
import { reportFlags } from '../cli/flags.js'
import { cacheFolder } from '../cli/sandbox.js'
import { type Read, readSettings } from '../cli/settings.js'
import { versionLine } from '../cli/version.js'
import { FailedError, UsageError } from '../errors.js'
import { type Check, examine, failed, note, ok, skipped } from '../jobs/doctor.js'
import { checkSandbox } from '../jobs/doctor-machine.js'

const columns = ['check', 'subject', 'status', 'text', 'advice'] as const
const root = fileURLToPath(new URL('../../', import.meta.url))

export default class Doctor extends ClusterCommand {
  static override summary = 'Check what stands between this machine and a cluster.'

  static override description =
    'Says for each thing whether it is as it should be, and what to do where it is not: settings and where they come ' +
    'from, each bootstrap server (its name, connection, TLS and certificate, what requests it speaks, login), whether ' +
    "each broker can be reached at the address that it advertises, how far the clock is from the cluster's, and what we " +
    'may do. Nothing is written, and no secret is shown. The exit code is 1 when something is wrong; a note, with an ' +
    'exclamation mark, is nothing wrong.'

  static override flags = { json: reportFlags.json }

  static override examples = [
    { description: 'The cluster of a Java client:', command: '<%= config.bin %> doctor -F client.properties' },
    {
      description: 'What is wrong, for a program:',
      command: '<%= config.bin %> doctor --json | jq \'.[] | select(.status == "failed")\''
    }
  ]

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const checks: Check[] = []
    for await (const check of this.#checks(flags)) {
      checks.push(check)
      if (!flags.json) await printCheck(check, process.env)
    }
    if (flags.json) await (await import('../cli/report.js')).printReport(checks, columns, 'json')
    const wrong = checks.filter(({ status }) => status === 'failed').length
    if (wrong === 0) return
    throw new FailedError(`${wrong === 1 ? '1 check' : `${wrong} checks`} failed`, 'do what the report says')
  }

  async *#checks(flags: Parameters<typeof readSettings>[0]): AsyncGenerator<Check> {
    yield ok('version', '', versionLine(root))
    yield await checkSandbox({ cache: cacheFolder(process.env), javaHome: process.env['JAVA_HOME'] }, this.signal)
    let read: Read
    try {
      read = await readSettings(flags, process.env)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield failed('settings', '', error.message, error.advice ?? null)
      return yield* skipped(['bootstrap servers', 'cluster'], '', 'the settings have to be right first')
    }
    yield* read.origins.map(originCheck)
    yield* read.notices.map((notice) => note('settings', '', notice))
    const { settings } = read
    const trace = this.talkative ? { trace: (line: string): void => this.verbose(line) } : {}
    yield* examine({ ...settings, ...trace }, this.signal)
  }
}
