import { describe, expect, test } from '@jest/globals'
import { explain } from '../../../src/cli/explain.js'
import { ConditionError, FailedError, ReaderGoneError, UsageError } from '../../../src/errors.js'

/** As oclif's errors are, by name and message. */
function oclifError(name: string, message: string, more: object = {}): Error {
  const named = { [name]: class extends Error {} }[name]!
  return Object.assign(new named(message), { oclif: { exit: 2 } }, more)
}

describe('our errors', () => {
  test('are their line and their exit code', () => {
    expect(explain(new UsageError('a', 'b'))).toEqual({ line: 'a: b', exitCode: 2 })
    expect(explain(new FailedError('a'))).toEqual({ line: 'a', exitCode: 1 })
    expect(explain(new ConditionError('a'))).toEqual({ line: 'a', exitCode: 3 })
    expect(explain(new ReaderGoneError('a'))).toEqual({ line: undefined, exitCode: 0 })
  })

  test('name the flag that they came from', () => {
    const error = new UsageError('a', 'b')
    error.message = 'Parsing --from \n\ta\nSee more help with --help'
    expect(explain(error)).toEqual({ line: '--from: a: b', exitCode: 2 })
  })
})

describe('what nobody foresaw', () => {
  test('is a bug, and says so', () => {
    const { line, exitCode } = explain(new TypeError('x is undefined'))
    expect([line, exitCode]).toEqual([expect.stringMatching(/^TypeError: x is undefined: this is a bug/), 1])
    expect(explain('thrown').line).toMatch(/^thrown: this is a bug/)
    expect(explain(oclifError('ModuleLoadError', 'x', { oclif: { exit: 1 } })).line).toMatch(/bug/)
  })

  test('is told as it is when the system said it', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write'
    })
    expect(explain(error)).toEqual({ line: 'ENOSPC: no space left on device, write', exitCode: 1 })
  })
})

describe("oclif's errors", () => {
  test.each([
    ['Flag --from expects a value', '--from needs a value: see sluice --help'],
    ['Something new\n  of two lines\nSee more help with --help', 'Something new: see sluice --help']
  ])('%p', (message, line) => {
    expect(explain(oclifError('CLIError', message))).toEqual({ line, exitCode: 2 })
  })

  test('show no values, which may be secret', () => {
    const message =
      'The following error occurred:\n  \u001b[2m--key=hunter2 cannot also be provided when using --other\u001b[22m\nSee more help with --help'
    expect(explain(oclifError('FailedFlagValidationError', message), 'offsets list').line).toBe(
      '--other and --key exclude each other: see sluice offsets list --help'
    )
    const flags = { parse: { input: { flags: { quiet: {} } } }, flags: ['--quite=hunter2'] }
    expect(explain(oclifError('NonExistentFlagsError', 'Nonexistent flag', flags)).line).toBe(
      'there is no flag --quite: did you mean --quiet?'
    )
  })

  test('an exit is an exit', () => {
    expect(explain(oclifError('ExitError', 'EEXIT: 0', { code: 'EEXIT', oclif: { exit: 0 } }))).toEqual({
      line: undefined,
      exitCode: 0
    })
  })
})
