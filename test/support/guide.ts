/**
 * A guide as a test sees it: its blocks of shell, each with what it prints. The reader of docs/guides, and of the README, is
 * promised that every ```sh block works as it stands, in order; a block right after one, in any other language, is what a
 * terminal then shows. In that, `…` stands for any text within a line, and a line of it for any lines. A comment before a block may say
 * `exit: N`, `any order` (of the lines), `follows` (it runs on beside the blocks after it, from when it says something) and
 * `once that has ended` (with Ctrl-C, when it has shown everything); blocks that another test runs have `run by` it.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sluice.js'

const folder = join(root, 'docs', 'guides')

export interface Block {
  /** Of the guide's file, for names of tests. */
  line: number
  script: string
  output: string
  exit: number
  anyOrder: boolean
  follows: boolean
  /** What follows is ended first. */
  ends: boolean
}

export class Guide {
  readonly name: string
  readonly text: string
  readonly blocks: Block[]

  constructor(name: string) {
    this.name = name
    this.text = readFileSync(name === 'README' ? join(root, 'README.md') : join(folder, `${name}.md`), 'utf8')
    this.blocks = blocksOf(this.text)
  }

  /** The test that runs it, where it needs more than a broker: `<!-- run by test/e2e/NAME.test.ts -->`. */
  get runBy(): string | undefined {
    return /^<!-- run by (\S+) -->\n\n/m.exec(this.text)?.[1]
  }

  /** Topics that it creates. */
  get topics(): string[] {
    const created = this.blocks.flatMap(({ script }) => [
      ...script.matchAll(/produce ([\w.-]+)[^\n|;]*--create-topic|kafka:([\w.-]+)\?[^'\s]*create-topic/g)
    ])
    return [...new Set(created.map(([, first, second]) => first ?? second!))]
  }

  /** What another program does and how it is done here, from the table after `<!-- side by side -->`. */
  get pairs(): Pair[] {
    const rows = /<!-- side by side -->\n\|.*\n\|.*\n((?:\|.*\n)+)/.exec(this.text)?.[1] ?? ''
    return [...rows.matchAll(/^\| `(.+?)` \| `(.+?)` \| (.*) \|$/gm)].map(([, theirs, ours, said]) => {
      return { theirs: cell(theirs!), ours: cell(ours!), same: said!.startsWith('same') }
    })
  }
}

export interface Pair {
  theirs: string
  ours: string
  /** They print the same. */
  same: boolean
}

export function guides(): Guide[] {
  const names = readdirSync(folder).filter((file) => file.endsWith('.md'))
  return names.map((file) => new Guide(file.slice(0, -'.md'.length)))
}

function blocksOf(text: string): Block[] {
  const fences = /(?:<!-- ([^\n]*) -->\n)?^```sh\n(.*?)^```\n(?:\n*```(?!sh\n)\w+\n(.*?)^```\n)?/gms
  const own = [...text.matchAll(fences)].filter(([, said]) => !/^(run by|one-liners)/.test(said ?? ''))
  return own.map(({ 0: all, 1: said = '', 2: script, 3: output = '', index }) => ({
    line: text.slice(0, index + all.indexOf('```sh')).split('\n').length,
    script: script!,
    output,
    exit: Number(/exit: (\d+)/.exec(said)?.[1] ?? 0),
    anyOrder: said.includes('any order'),
    follows: said.includes('follows'),
    ends: said.includes('once that has ended')
  }))
}

/** Markdown's tables have `\|` for a pipe. */
function cell(text: string): string {
  return text.replaceAll('\\|', '|')
}

/** Whether a terminal shows what the guide says. */
export function shows({ output, anyOrder }: Block, seen: string): boolean {
  const [expected, actual] = [lines(output), lines(seen)]
  if (anyOrder) [expected, actual].forEach((list) => list.sort())
  const pattern = expected.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`)).join('')
  return new RegExp(`^${pattern}$`).test(actual.map((line) => `${line}\n`).join(''))
}

function lines(text: string): string[] {
  return text === '' ? [] : text.trimEnd().split('\n').map((line) => line.trimEnd()) // prettier-ignore
}

function escaped(line: string): string {
  return line.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll('…', '.*?')
}
