import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Program, help } from '../../../src/cli/help.js'

const command = (id: string, more: object = {}) => ({ id, summary: `Does ${id}.`, args: {}, flags: {}, ...more })

const program: Program = {
  description: 'Moves things.',
  topics: { offsets: { description: 'About offsets.' } },
  commands: {
    produce: command('produce'),
    consume: command('consume', {
      description: 'It follows, unless it is told to end.',
      usage: ['consume TOPIC... [FLAGS]', 'consume --pattern REGEX'],
      args: { topic: { name: 'topic', description: 'what is read' } },
      flags: {
        from: { name: 'from', char: 'o', type: 'option', helpValue: 'OFFSETS', description: 'where it starts' },
        exit: { name: 'exit', char: 'e', type: 'boolean', description: 'whether it ends' },
        secret: { name: 'secret', type: 'boolean', description: 'not shown', hidden: true },
        isolation: { name: 'isolation', type: 'option', options: ['a', 'b'], default: 'a', description: 'which' },
        create: { name: 'create', type: 'option', helpValue: '[N]', description: 'of how many' },
        progress: { name: 'progress', type: 'boolean', allowNo: true, description: 'shown [default: x]' },
        'bootstrap-server': { name: 'bootstrap-server', type: 'option', helpGroup: 'cluster', description: 'where' }
      },
      examples: [{ description: 'All of it:', command: '<%= config.bin %> consume t -e' }]
    }),
    'offsets:list': command('offsets:list', { args: { group: { name: 'group', required: true, description: 'g' } } }),
    'offsets:reset': command('offsets:reset')
  }
}
const of = (...argv: string[]): string => help(argv, program, 80)

test('of the program: all commands, groups of them as one', () => {
  const all = of('--help')
  for (const argv of [[], ['-h'], ['help'], ['help', '-h']]) expect(of(...argv)).toBe(all)
  expect(all).toMatch(
    /^Moves things\.\n\nUSAGE\n[^]*\n\nCOMMANDS\n {2}consume {2}Does consume\.\n {2}offsets {2}About offsets\.\n {2}produce {2}Does produce\.\n$/
  )
})

test('of a group', () => {
  const text = of('offsets')
  for (const argv of [
    ['offsets', '--help'],
    ['help', 'offsets']
  ])
    expect(of(...argv)).toBe(text)
  expect(text).toContain('  offsets list   Does offsets:list.\n  offsets reset  Does offsets:reset.\n')
})

test('of a command, with all that it takes', () => {
  const text = of('consume', '--help')
  for (const argv of [
    ['help', 'consume'],
    ['consume', 't', '-n', '5', '-h']
  ])
    expect(of(...argv)).toBe(text)
  expect(text).toBe(`Does consume.

USAGE
  $ sluice consume TOPIC... [FLAGS]
  $ sluice consume --pattern REGEX

ARGUMENTS
  [TOPIC]  what is read

DESCRIPTION
  It follows, unless it is told to end.

FLAGS
  -o, --from=OFFSETS   where it starts
  -e, --exit           whether it ends
      --isolation=a|b  which [default: a]
      --create[=N]     of how many
      --[no-]progress  shown [default: x]

CLUSTER FLAGS
      --bootstrap-server=VALUE
        where

EXAMPLES
  All of it:
    $ sluice consume t -e
`)
  expect(of('offsets', 'list', '-h')).toContain('  $ sluice offsets list GROUP [FLAGS]\n')
})

describe('a command that there is not', () => {
  test.each([
    [['consum', 'orders'], "there is no command 'consum': did you mean sluice consume?"],
    [['offsets', 'lsit', 'x'], "there is no command 'offsets lsit': did you mean sluice offsets list?"],
    [['offset', 'list'], "there is no command 'offset': did you mean sluice offsets?"],
    [['zzz', '--help'], "there is no command 'zzz': see sluice --help"],
    [['help', 'zzz'], "there is no command 'zzz': see sluice --help"],
    [[''], "there is no command '': see sluice --help"],
    [['constructor'], "there is no command 'constructor': see sluice --help"],
    [['-b', 'x:1', 'consume'], 'there is no command before -b: write sluice COMMAND, then the flags']
  ])('%p', (argv, line) => {
    expect(() => of(...argv)).toThrow(expect.objectContaining({ line, exitCode: 2 }))
  })
})

test('no line is longer than the terminal is wide, but for what cannot be broken', () => {
  const url = new URL('../../../oclif.manifest.json', import.meta.url)
  const { commands } = JSON.parse(readFileSync(url, 'utf8')) as Program
  const topics = { offsets: { description: 'o' }, sandbox: { description: 's' } }
  for (const columns of [40, 80, 100]) {
    for (const id of Object.keys(commands)) {
      const text = help([...id.split(':'), '-h'], { description: 'd', commands, topics }, columns)
      const [before] = text.split('\nEXAMPLES\n')
      const long = before!.split('\n').filter((line) => line.length > columns && !/^ *(\$|\S+ ?\S+$)/.test(line))
      expect({ id, columns, long }).toEqual({ id, columns, long: [] })
    }
  }
})
