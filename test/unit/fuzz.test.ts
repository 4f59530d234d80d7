// A part of `npm run fuzz`, the same cases each time.
import { expect, test } from '@jest/globals'
import { runFuzzer } from '../fuzz/fuzzer.js'
import { allFuzzers } from '../fuzz/fuzzers.js'

test.each(await allFuzzers())('$name: nothing misbehaves, whatever it is fed', async (fuzzer) => {
  await expect(runFuzzer(fuzzer, { seed: 1, cases: fuzzer.cases / 250 })).resolves.toBeUndefined()
})
