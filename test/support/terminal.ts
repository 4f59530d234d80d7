/** A shell on a terminal of its own, typed into as a person does. Not every machine has `script`, or every shell. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { until } from './long-runs.js'
import { environment } from './sluice.js'

const PROMPT = 'READY> '
const WITHIN = 60_000

/** How each is started bare, told its prompt, and what makes `show` print its arguments and complete as sluice does. */
const shells = {
  bash: {
    command: 'bash --norc --noprofile -i',
    setup: `PS1='READY''> '; bind 'set enable-bracketed-paste off'; source <(sluice completion bash)
      show() { printf '<%s>' "$@"; echo =; }; complete -F _sluice show`
  },
  zsh: {
    command: 'zsh -f -i',
    setup: `PS1='READY''> '; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D
      source <(sluice completion zsh); show() { printf '<%s>' "$@"; echo =; }; compdef _sluice show`
  },
  fish: {
    command: 'fish --no-config -i',
    setup: `function fish_prompt; printf 'READ%s> ' Y; end; sluice completion fish | source
      function show; printf '<%s>' $argv; echo =; end; complete -c show -f -a '(__sluice_complete)'`
  }
}

export type Shell = keyof typeof shells

export function isThere(shell: Shell): boolean {
  return [shell, 'script'].every((program) => spawnSync(program, ['--version']).status === 0)
}

export class Terminal {
  readonly #child: ChildProcess
  #text = ''
  #heard = (): void => undefined

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout!.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString()
      this.#heard()
    })
  }

  static async open(shell: Shell, cwd: string, env: NodeJS.ProcessEnv): Promise<Terminal> {
    const { command, setup } = shells[shell]
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd,
      env: environment({ ...env, TERM: 'xterm', INPUTRC: '/dev/null' })
    })
    const terminal = new Terminal(child)
    terminal.#type(`${setup.replace(/\n\s*/g, '; ')}; echo SET''UP\n`)
    await terminal.#until(/SETUP\r?\n[^]*READY> /)
    return terminal
  }

  /** Types a line, with a tab where it is to be completed; gives what its words have become. */
  async completed(line: string): Promise<string[]> {
    this.#text = ''
    this.#type(`show ${line}\n`)
    const text = await this.#until(new RegExp(`>=\\r?\\n[^]*${PROMPT}`))
    const [, words] = /<([^\r\n]*)>=\r?\n/.exec(text)!
    return words!.split('><')
  }

  /** The same, until they are `expected`: it does not wait for a cluster for long, and a person presses the key again. */
  async completes(line: string, expected: readonly string[]): Promise<void> {
    await until(async () => isDeepStrictEqual(await this.completed(line), expected))
  }

  /** Types a line that has more than one end; gives what is shown once all of `expected` is there. It is the last line. */
  async listed(line: string, expected: readonly string[]): Promise<string> {
    this.#text = ''
    this.#type(`show ${line}\t\t`)
    return this.#until(new RegExp(expected.map((word) => `(?=[^]*${word})`).join('')))
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }

  #type(text: string): void {
    this.#child.stdin!.write(text)
  }

  #until(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${pattern} in ${JSON.stringify(this.#text)}`)), WITHIN)
      this.#heard = () => {
        if (!pattern.test(this.#text)) return
        clearTimeout(timer)
        resolve(this.#text)
      }
      this.#heard()
    })
  }
}
