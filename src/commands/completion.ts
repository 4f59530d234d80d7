import { readFile } from 'node:fs/promises'
import { string } from '@oclif/core/args'
import { SluiceCommand } from '../cli/command.js'

export default class Completion extends SluiceCommand {
  static override summary = 'Print the completion of commands, flags and names for a shell.'

  static override description =
    'What it prints is for bash, zsh or fish: it completes commands and flags, the values that they take, names of files, ' +
    'and topics and groups, which it asks the cluster for that -b, -F, -X, --profile and the environment name. A cluster ' +
    'that has not answered after 1.5 s is passed over in silence.'

  static override args = {
    shell: string({ options: ['bash', 'zsh', 'fish'], required: true, description: 'bash, zsh or fish' })
  }

  static override examples = [
    { description: 'For good, in ~/.bashrc:', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'In ~/.zshrc, behind compinit:', command: 'source <(<%= config.bin %> completion zsh)' },
    { description: 'In ~/.config/fish/config.fish:', command: '<%= config.bin %> completion fish | source' }
  ]

  async run(): Promise<void> {
    const { args } = await this.parse(Completion)
    await this.print(await readFile(new URL(`../../completions/sluice.${args.shell}`, import.meta.url), 'utf8'))
  }
}
