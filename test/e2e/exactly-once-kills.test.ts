// How each record comes into another topic once, whenever the pipe is killed.
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { butRetries, ended, wrongNumbers } from '../support/exactly-once.js'
import { killNth } from '../support/kills.js'
import { LongRun } from '../support/long-runs.js'
import { finished, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

describe('through kill -9 at any instant, each record is in the other topic once', () => {
  const RECORDS = 60_000

  test.each([
    // Batches go through unopened, or record by record.
    ['copied whole', 3, 12],
    ['opened', 2, 9]
  ])('%s', async (_name, partitions, kills) => {
    const [from, to] = [await createTopic({ partitions: 3 }), await createTopic({ partitions })]
    const checkpoint = new Workdir().join('checkpoint')
    const produce = ['produce', from, '--partitioner', 'round-robin', '--linger', '5ms', '--sequence']
    succeeded(await sluice([...produce, `1:${RECORDS / 2}`], { env }))
    const rest = startSluice([...produce, `${RECORDS / 2 + 1}:${RECORDS}`, '--rate', `${RECORDS / 20}/s`], { env })
    const writing = finished(rest)

    const keeping = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '30ms']
    const run = ['pipe', `kafka:${from}`, `kafka:${to}`, ...keeping]
    for (let kill = 0; kill < kills; kill++) {
      const pipe = new LongRun(run)
      await killNth(kill, pipe, checkpoint)
      expect(butRetries(pipe.stderr).replace(/^sluice: topic .* has 2 partitions.*\n/, '')).toBe('')
    }
    succeeded(await writing)
    const last = await sluice(['pipe', `kafka:${from}?exit`, `kafka:${to}`, ...keeping], { env })
    expect(last.code).toBe(0)
    await ended(to)
    expect(await wrongNumbers(to, RECORDS)).toEqual([])
  })
})
