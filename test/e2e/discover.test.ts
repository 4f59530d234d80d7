// Looking at a cluster: discover and offsets show.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { addPartitions, bootstrap, createTopic, withAdmin } from '../support/broker.js'
import { LongRun } from '../support/long-runs.js'
import { sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const run = async (...args: string[]): Promise<string> => succeeded(await sluice(args, { env })).stdout

/** 4 partitions; 3 records in partition 1. */
let topic: string

beforeAll(async () => {
  topic = await createTopic({ partitions: 4, name: 'discovered' })
  await run('produce', topic, '-p', '1', '--elements', 'a', 'b', 'c')
})

describe('discover', () => {
  test('has the columns of the contract in every form', async () => {
    const csv = await run('discover', topic, '--format', 'csv')
    expect(csv.split('\n').slice(0, 3)).toEqual([
      'topic,partition,leader,replicas,inSync,start,end,records',
      `${topic},0,1,1,1,0,0,0`,
      `${topic},1,1,1,1,0,3,3`
    ])
    const rows = JSON.parse(await run('discover', topic, '--json')) as unknown[]
    expect(rows).toHaveLength(4)
    expect(rows[1]).toEqual({
      topic,
      partition: 1,
      leader: 1,
      replicas: [1],
      inSync: [1],
      start: 0,
      end: 3,
      records: 3
    })
    expect(await run('discover', topic)).toMatch(/^TOPIC +PARTITION +LEADER +REPLICAS +INSYNC +START +END +RECORDS\n/)
  })

  test('--parallelism adds the subtask of the assigner’s formula', async () => {
    const rows = JSON.parse(await run('discover', topic, '--parallelism', '3', '--json')) as { subtask: number }[]
    const first = rows[0]!.subtask
    expect(rows.map(({ subtask }) => subtask)).toEqual([0, 1, 2, 3].map((partition) => (first + partition) % 3))
  })

  test('matches whole names, and shows internal topics only when asked', async () => {
    expect(JSON.parse(await run('discover', topic.slice(0, -1), '--json'))).toEqual([])
    expect(JSON.parse(await run('discover', `${topic.slice(0, -1)}.`, '--json'))).toHaveLength(4)
    expect(await run('discover', '--json')).not.toContain('__consumer_offsets')
  })

  test('a pattern that is none is wrong usage', async () => {
    const { code, stderr } = await sluice(['discover', '('], { env })
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 })
  })
})

describe('discover --watch', () => {
  const told = (run: LongRun): Record<string, unknown>[] =>
    run.lines.map((line) => JSON.parse(line) as Record<string, unknown>)

  test('tells what appears, grows and goes, and not what was there', async () => {
    const watched = await createTopic({ partitions: 2, name: 'watched' })
    await run('produce', watched, '-p', '0', '--elements', 'a')
    const args = ['discover', 'watched-.*', '--watch', '100ms']
    const watch = new LongRun([...args, '--json', '-v'])
    const text = new LongRun([...args, '-v'])
    const bothWrote = (lines: number): Promise<unknown> => Promise.all([watch.wrote(lines), text.wrote(lines)])
    await Promise.all([watch.said(/sluice: ready/), text.said(/sluice: ready/)])
    await run('produce', watched, '-p', '1', '--elements', 'b', 'c')
    await bothWrote(1)
    await addPartitions(watched, 3)
    await bothWrote(2)
    const other = await createTopic({ partitions: 4, name: 'watched' })
    await bothWrote(3)
    await withAdmin((admin) => admin.deleteTopics({ topics: [watched], timeout: 30_000 }))
    await bothWrote(4)
    expect(await Promise.all([watch.stop(), text.stop()])).toEqual([130, 130])
    const whole = { partition: null, end: null }
    expect(told(watch).map(({ time, ...change }) => [typeof time, change])).toEqual([
      ['string', { change: 'grew', topic: watched, partition: 1, partitions: null, end: 2, records: 2 }],
      ['string', { change: 'appeared', topic: watched, partition: 2, partitions: null, end: 0, records: 0 }],
      ['string', { change: 'appeared', topic: other, ...whole, partitions: 4, records: 0 }],
      ['string', { change: 'gone', topic: watched, ...whole, partitions: 3, records: 3 }]
    ])
    expect(text.lines.map((line) => line.replace(/^\S+Z /, ''))).toEqual([
      `${watched} [1] grew by 2 records, to offset 2`,
      `${watched} [2] appeared: 0 records`,
      `${other} appeared: 4 partitions, 0 records`,
      `${watched} is gone: 3 partitions, 3 records`
    ])
  })
})

describe('offsets show', () => {
  test('shows start, end and what the expression resolves to', async () => {
    const csv = await run('offsets', 'show', topic, '--at', '-2', '--format', 'csv')
    expect(csv.split('\n').slice(0, 3)).toEqual([
      'topic,partition,start,end,offset',
      `${topic},0,0,0,0`,
      `${topic},1,0,3,1`
    ])
  })

  test('a topic that does not exist is an error', async () => {
    const { code, stdout, stderr } = await sluice(['offsets', 'show', `${topic}x`], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(`sluice: topic "${topic}x" does not exist: did you mean "${topic}"?\n`)
  })
})
