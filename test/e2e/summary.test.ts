// What a run says of itself: a line under --verbose, an object with --json, and on a terminal a line meanwhile.
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import { LongRun } from '../support/long-runs.js'
import { bash, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const cwd = new Workdir().path

async function topicOf(records: number): Promise<string> {
  const topic = await createTopic({ partitions: 2 })
  await write(
    topic,
    Array.from({ length: records }, (_, i) => ({ value: `${i % 10}`, partition: i % 2 }))
  )
  return topic
}

/** The object on the last line of stderr. */
function summaryOf(stderr: string): Record<string, unknown> {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
}

const nothing = {
  skipped: 0,
  unanswered: 0,
  deadLetters: 0,
  lost: 0,
  checkpoints: 0,
  commitsSucceeded: 0,
  commitsFailed: 0
}

describe('at the end', () => {
  test('of what was written, as text and as JSON', async () => {
    const topic = await topicOf(10)
    const read = ['consume', topic, '-e']
    const { stderr } = succeeded(await sluice([...read, '-v'], { env }))
    const rates = String.raw`\(\d+ records/s, \d+\.\d MB/s\)`
    expect(stderr).toMatch(
      new RegExp(`\nsluice: 10 records, 0\\.0 MB in \\d\\.\\d s ${rates}, 0 checkpoints, 0 skipped\n$`)
    )
    const asJson = succeeded(await sluice([...read, '--json', '-q'], { env }))
    expect(asJson.stdout.split('\n')).toHaveLength(11)
    const seconds = expect.any(Number)
    expect(JSON.parse(asJson.stderr)).toEqual({ records: 10, bytes: 20, seconds, ...nothing, lag: 0 })
  })

  test('what is left to read is the lag; commits and checkpoints are counted', async () => {
    const topic = await topicOf(10)
    const group = [
      '-g',
      uniqueName('group'),
      '--assign',
      '--reset',
      'earliest',
      '--checkpoint',
      uniqueName('positions')
    ]
    const { stderr } = succeeded(await sluice(['consume', topic, ...group, '-n', '3', '--json'], { env, cwd }))
    const { checkpoints, commitsSucceeded, ...rest } = summaryOf(stderr)
    expect(rest).toMatchObject({ records: 3, lag: 7, commitsFailed: 0 })
    expect([checkpoints, commitsSucceeded]).toEqual([2, 2])
  })

  test('of topics and texts', async () => {
    const [topic, copied] = [await topicOf(10), await createTopic({ partitions: 2 })]
    const args = ['pipe', `kafka:${topic}?exit`, `kafka:${copied}`, '--json']
    expect(summaryOf(succeeded(await sluice(args, { env })).stderr)).toMatchObject({ records: 10, lag: 0, ...nothing })
    const input = ['produce', topic, '--elements', 'a', '--elements', 'b', '--json']
    const produced = summaryOf(succeeded(await sluice(input, { env })).stderr)
    expect(produced).toMatchObject({ records: 2, lag: null, ...nothing })
    expect(produced['bytes']).toBeGreaterThan(61)
    const bad = ['pipe', '-?format=jsonl', '-', '--json', '--on-error', 'skip']
    const { stderr } = succeeded(await sluice(bad, { env, input: '1\n{\n2\n' }))
    expect(summaryOf(stderr)).toMatchObject({ records: 2, bytes: 4, skipped: 1, deadLetters: 0 })
  })

  test('also when a signal was the end', async () => {
    const topic = await topicOf(4)
    const following = new LongRun(['pipe', `kafka:${topic}`, '-', '--json'])
    await following.wrote(4)
    expect(await following.stop()).toBe(130)
    expect(summaryOf(following.stderr)).toMatchObject({ records: 4, bytes: 8, lag: 0 })
  })
})

describe('on a terminal', () => {
  const withTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip
  const shown = async (command: string): Promise<string> => {
    const inTerminal = `script -qec 'stty cols 120; sluice ${command}' /dev/null`
    return succeeded(await bash(inTerminal, { env: { ...env, TERM: 'xterm' }, cwd })).stdout
  }

  withTerminal('a line has rates, lag and the age of the checkpoint', async () => {
    const [topic, copied] = [await topicOf(60), await createTopic({ partitions: 2 })]
    const checkpoint = `--checkpoint ${uniqueName('positions')} --checkpoint-interval 100ms`
    expect(await shown(`pipe "kafka:${topic}?exit" "kafka:${copied}?rate=50" ${checkpoint}`)).toMatch(
      /pipe: \d+ records, 0\.0 MB in \ds, \d+\/s, 0\.0 MB\/s, lag [1-5]?\d, checkpoint 0s ago/
    )
  })

  withTerminal('a file that is written shows one, a terminal that is written to does not', async () => {
    const topic = await topicOf(2)
    const idle = `consume ${topic} --idle-exit 2s`
    expect(await shown(`${idle} -O ${uniqueName('out')}`)).toMatch(/consume: 2 records, 0\.0 MB in \ds, .*lag 0/)
    expect(await shown(idle)).not.toContain('records')
    expect(await shown(`pipe "kafka:${topic}?exit" -`)).not.toContain('records')
  })
})
