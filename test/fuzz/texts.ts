/**
 * Fuzzes what people type and the files that they keep: offsets, durations, endpoints with all their options, format
 * strings, regular expressions; properties in Java's syntax and in kcat's, profiles in TOML, checkpoints, lists of
 * offsets. Each is taken, or is an error of ours that comes out as one line; and what is kept in files reads back.
 */
import { isDeepStrictEqual } from 'node:util'
import { SluiceError } from '../../src/errors.js'
import { oneLine } from '../../src/cli/output.js'
import { damagedText } from './damage.js'
import { type Below, type Fuzzer, oneOf } from './fuzzer.js'
import { grammars } from './grammars.js'

export const textsFuzzer: Fuzzer = {
  name: 'texts',
  cases: 1_000_000,
  next(below: Below) {
    const name = oneOf(Object.keys(grammars), below)
    const { samples, parse, again } = grammars[name]!
    const input = damagedText(oneOf(samples, below), samples, below)
    return {
      input,
      about: name,
      async check() {
        let parsed: unknown
        try {
          parsed = await parse(input)
        } catch (error) {
          // What has half a character in it is shown by its replacement.
          if (!(error instanceof SluiceError)) throw error
          const line = oneLine(error.line)
          // eslint-disable-next-line no-control-regex
          if (line === '' || /[\x00-\x1f\x7f-\x9f]/.test(line)) throw new Error('the line is none', { cause: error })
          return
        }
        if (again && !isDeepStrictEqual(await parse(again(parsed as never)), parsed))
          throw new Error('it does not come back')
      }
    }
  }
}
