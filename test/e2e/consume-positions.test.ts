// Offsets that no record has: markers of transactions, compacted gaps, deleted records, ends of the log.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, withAdmin } from '../support/broker.js'
import { type Message, deleteRecordsBefore, write, writeTransaction } from '../support/client.js'
import { ranges, read, values } from '../support/reading.js'
import { finished, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

describe('a position that no record has', () => {
  test('behind the last record stands the marker of its transaction', async () => {
    const own = await createTopic()
    await writeTransaction(own, values(0, 5), 'commit')
    expect(await read(own, '-e')).toBe('0:0-4')
    expect(await read(own, '-e', '--isolation', 'uncommitted')).toBe('0:0-4')
    expect(await read(own, '--from', '-1', '-e')).toBe('')
    expect(await read(own, '--from', '5', '-e')).toBe('')
    expect(await read(own, '--until', '6')).toBe('0:0-4')
  })

  test('aborted transactions are shown under --isolation uncommitted alone', async () => {
    const own = await createTopic()
    await write(own, values(0, 2))
    await writeTransaction(own, values(0, 3), 'abort')
    await writeTransaction(own, values(0, 2), 'commit')
    await writeTransaction(own, values(0, 3), 'abort')
    // Markers at 5, 8 and 12.
    expect(await read(own, '-e')).toBe('0:0-1,6-7')
    expect(await read(own, '-e', '--isolation', 'uncommitted')).toBe('0:0-4,6-7,9-11')
    expect(await read(own, '--from', '3', '-n', '1')).toBe('0:6')
  })

  test('an open transaction ends the log for those who read what is committed', async () => {
    const own = await createTopic()
    await write(own, values(0, 2))
    await writeTransaction(own, values(0, 3), 'leave open')
    await write(own, values(0, 1))
    expect(await read(own, '-e')).toBe('0:0-1')
    expect(await read(own, '--from', 'latest', '--idle-exit', '500ms')).toBe('')
    expect(await read(own, '-e', '--isolation', 'uncommitted')).toBe('0:0-5')
  })

  test('compaction leaves gaps, also at the end of what is asked for', async () => {
    await withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 4, name: '1', configEntries: [{ name: 'log.cleaner.backoff.ms', value: '100' }] }]
      })
    )
    const config = {
      ...{ 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.001' },
      ...{ 'max.compaction.lag.ms': '100', 'delete.retention.ms': '0' }
    }
    const own = await createTopic({ config })
    // Of each send only the last value of a key stays; what follows closes the segment.
    const keyed = (key: string, value: string): Message => ({ key, value, partition: 0 })
    await write(
      own,
      Array.from({ length: 1000 }, (_, i) => keyed(`k${i % 3}`, `${i}`))
    )
    await write(
      own,
      Array.from({ length: 1000 }, (_, i) => keyed('gone', `${i}`))
    )
    await write(
      own,
      Array.from({ length: 500 }, () => keyed('gone', 'last'))
    )
    // From within a gap to within one: nothing, and it ends.
    const inGap = ['--from', '1001', '--until', '1500']
    const deadline = Date.now() + 60_000
    const left = async (): Promise<string[]> => [await read(own, '--until', '1000'), await read(own, ...inGap)]
    for (let n = 0; (await left()).join(' and ') !== '0:997-999 and '; n++) {
      if (Date.now() > deadline) throw new Error(`not compacted: ${(await left()).join(' and ')}`)
      await write(own, [keyed('other', `${n}`)])
    }
    expect(await read(own, '--from', '5', '--until', '998')).toBe('0:997')
    expect(await read(own, '--from', '1001', '-n', '1')).toMatch(/^0:\d+$/)
  }, 90_000)
})

describe('an offset out of range', () => {
  let topic: string

  beforeAll(async () => {
    topic = await createTopic()
    await write(topic, values(0, 50))
  })

  test.each<[args: string[], expected: string, notice: string]>([
    [
      ['--from', '999', '-n', '1'],
      '0:0',
      'offset 999 of TOPIC [0] is out of range: going on from 0 (earliest, 999 offsets back)'
    ],
    [
      ['--from', '999', '--until', '1000', '--idle-exit', '500ms'],
      '0:0-49',
      'going on from 0 (earliest, 999 offsets back)'
    ],
    [
      ['--from', '0:999', '--reset', 'latest', '--idle-exit', '300ms'],
      '',
      'going on from 50 (latest, 949 offsets back)'
    ]
  ])('%p goes on as --reset says, with a word about the gap', async (args, expected, notice) => {
    const { stdout, stderr } = succeeded(
      await sluice(['consume', topic, '-p', '0', ...args, '-f', '%t:%p:%o\n'], { env })
    )
    expect(ranges(stdout)).toBe(expected)
    expect(stderr).toContain(notice.replace('TOPIC', topic))
  })

  test('with --reset none is an error that names the place', async () => {
    const run = await sluice(['consume', topic, '-p', '0', '--from', '999', '--reset', 'none', '-n', '1'], { env })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toBe(
      `sluice: offset 999 of ${topic} [0] is out of range: give --reset earliest or latest to go on from there\n`
    )
  })

  test('arises also when records are deleted before they are read', async () => {
    const own = await createTopic()
    await write(own, values(0, 5))
    const child = startSluice(['consume', own, '--from', 'earliest', '-n', '8'], { env })
    const run = finished(child)
    await waitFor(child.stdout, /4\n/)
    // While it stands still, a fetch that waits at the broker is answered with what is written first; the rest is gone.
    child.kill('SIGSTOP')
    await write(own, values(0, 1, 5))
    await write(own, values(0, 20, 6))
    await deleteRecordsBefore(own, 0, 20)
    child.kill('SIGCONT')
    const { code, stdout, stderr } = await run
    const wanted = stdout.includes('\n5\n') ? 6 : 5
    const before = Array.from({ length: wanted }, (_, i) => `${i}`)
    const after = Array.from({ length: 8 - wanted }, (_, i) => `${20 + i}`)
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({ code: 0, lines: [...before, ...after] })
    expect(stderr).toBe(
      `sluice: offset ${wanted} of ${own} [0] is out of range: going on from 20 (earliest, ${20 - wanted} offsets skipped)\n`
    )
  })
})
