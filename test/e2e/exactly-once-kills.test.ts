// How each record comes into another topic once, whenever the pipe is killed.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { isHeldBack, wrongNumbers } from '../support/exactly-once.js'
import { LongRun } from '../support/long-runs.js'
import { finished, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

describe('through kill -9 at any instant, each record is in the other topic once', () => {
  const RECORDS = 60_000

  test.each([
    // Batches go through unopened, or record by record.
    ['copied whole', 3, 25],
    ['opened', 2, 12]
  ])('%s', async (_name, partitions, kills) => {
    const [from, to] = [await createTopic({ partitions: 3 }), await createTopic({ partitions })]
    const checkpoint = new Workdir().join('checkpoint')
    const produce = ['produce', from, '--partitioner', 'round-robin', '--linger', '5ms', '--sequence']
    succeeded(await sluice([...produce, `1:${RECORDS / 2}`], { env }))
    const rest = startSluice([...produce, `${RECORDS / 2 + 1}:${RECORDS}`, '--rate', `${RECORDS / 24}/s`], { env })
    const writing = finished(rest)

    const keeping = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '30ms']
    const run = ['pipe', `kafka:${from}`, `kafka:${to}`, ...keeping]
    let inTime = 0
    for (let kill = 0; kill < kills; kill++) {
      const pipe = new LongRun(run)
      // Before, in and after: what the run before has left is ended, transactions are begun, kept and committed.
      await sleep(200 + Math.random() * 600)
      await pipe.stop('SIGKILL')
      expect(pipe.stderr.replace(/^sluice: topic .* has 2 partitions.*\n/, '')).toBe('')
      inTime++
    }
    expect(inTime).toBe(kills)
    succeeded(await writing)
    const last = await sluice(['pipe', `kafka:${from}?exit`, `kafka:${to}`, ...keeping], { env })
    expect(last.code).toBe(0)
    expect(await wrongNumbers(to, RECORDS)).toEqual([])
    expect(await isHeldBack(to)).toBe(false)
  })
})
