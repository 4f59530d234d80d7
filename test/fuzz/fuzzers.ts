/** All fuzzers, 10 million cases together. */
import { codecsFuzzer } from './codecs.js'
import { formatsFuzzer } from './formats.js'
import type { Fuzzer } from './fuzzer.js'
import { membersFuzzer } from './members.js'
import { recordsFuzzer } from './records.js'
import { responsesFuzzer } from './responses.js'
import { schemasFuzzer } from './schemas.js'
import { textsFuzzer } from './texts.js'

export async function allFuzzers(): Promise<Fuzzer[]> {
  return [
    await responsesFuzzer(),
    membersFuzzer,
    recordsFuzzer,
    codecsFuzzer,
    formatsFuzzer,
    await schemasFuzzer(),
    textsFuzzer
  ]
}
