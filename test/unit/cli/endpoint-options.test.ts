import { describe, expect, test } from '@jest/globals'
import { fileSink, textSource, topicSink, topicSource } from '../../../src/cli/endpoint-flags.js'
import { readOptions } from '../../../src/cli/endpoint-options.js'
import { parseEndpointUri } from '../../../src/cli/endpoint-uri.js'

const source = (query: string): Promise<Record<string, unknown>> =>
  readOptions(parseEndpointUri(`kafka:t?${query}`), topicSource)
const sink = (query: string): Promise<Record<string, unknown>> =>
  readOptions(parseEndpointUri(`kafka:t?${query}`), topicSink)

describe('options mean what the flags of that name mean', () => {
  test('values go through the parsers', async () => {
    expect(await source('from=-3&until=end&max=7&partition=0,2-3&idle-exit=1m')).toMatchObject({
      ...{ from: { kind: 'last', count: 3n }, until: { kind: 'latest' }, max: 7, partition: [0, 2, 3] },
      'idle-exit': 60_000
    })
    expect(await sink('compression=zstd:3&batch-bytes=64k&rate=5/s&acks=1&create-topic=4')).toMatchObject({
      ...{ compression: { codec: 'zstd', level: 3 }, 'batch-bytes': 65_536, rate: 5, acks: 1, 'create-topic': 4 }
    })
  })

  test('what is left out has its default', async () => {
    expect(await sink('linger=1s')).toMatchObject({
      ...{ linger: 1000, compression: { codec: 'none', level: undefined }, partitioner: 'default' },
      ...{ 'log-failures-only': false, key: undefined, header: undefined, 'create-topic': undefined }
    })
    expect(await readOptions(parseEndpointUri('out'), fileSink)).toMatchObject({ mode: 'fail', format: 'value' })
    expect(await readOptions(parseEndpointUri('in'), textSource)).toMatchObject({ format: 'lines', tombstones: false })
  })

  test('a switch is on by its name, and can be said to be on or off', async () => {
    expect(await source('exit&assign=true')).toMatchObject({ exit: true, assign: true })
    expect(await source('exit=false')).toMatchObject({ exit: false })
  })

  test('what can be repeated is a list, what may have a value need not', async () => {
    expect(await sink('header=a=1&header=a=2&create-topic')).toMatchObject({
      header: [{ name: 'a', value: '1' }, { name: 'a', value: '2' }], // prettier-ignore
      'create-topic': 'default'
    })
  })
})

test.each<[string, string]>([
  ['form=earliest', "kafka:t?form=earliest: there is no option 'form' here: did you mean from?"],
  ['format=csv', "kafka:t?format=csv: there is no option 'format' here: "],
  ['constructor=x', "there is no option 'constructor' here"],
  ['from=5&from=6', 'kafka:t?from=5&from=6: from is given twice: give it once'],
  ['max', 'kafka:t?max: max: it has no value: write max=VALUE'],
  ['max=many', "kafka:t?max=many: max: 'many' "],
  ['exit=maybe', "kafka:t?exit=maybe: exit: 'maybe' is neither true nor false"],
  ['isolation=none', "isolation: 'none' is none of committed, uncommitted"],
  ['until=end&exit', 'exit and until exclude each other: choose one'],
  ['subtask=1', 'subtask needs parallelism: give both'],
  ['parallelism=0', 'kafka:t?parallelism=0: parallelism: ']
])('%s is refused', async (query, line) => {
  await expect(source(query)).rejects.toMatchObject({ exitCode: 2, line: expect.stringContaining(line) })
})

test('an endpoint without options says so', async () => {
  const refused = readOptions(parseEndpointUri('elements:a?b=c'), {})
  await expect(refused).rejects.toMatchObject({ line: "elements:a?b=c: there is no option 'b' here: it takes none" })
})
