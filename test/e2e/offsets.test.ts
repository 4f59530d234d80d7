// `offsets list`, `export`, `import` and `delete`, beside Kafka's own kafka-consumer-groups.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, kafkaTool, uniqueName, withAdmin } from '../support/broker.js'
import { deleteRecordsBefore, write } from '../support/client.js'
import { commit, committed } from '../support/groups.js'
import { values } from '../support/reading.js'
import { type Result, bash, sluice, succeeded } from '../support/sluice.js'
import { needs } from '../support/versions.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const run = (args: string[], input = ''): Promise<Result> => sluice(['offsets', ...args], { env, input })
const workdir = new Workdir()

const NOT_DONE = 'sluice: nothing is changed: add --execute to do it\n'
const consumerGroups = async (...args: string[]): Promise<string> => {
  const name = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
  return succeeded(await kafkaTool(name, ['--bootstrap-server', bootstrap, '--timeout', '60000', ...args])).stdout
}

/** 50 records, of which 10 are deleted; 30, none. */
let topic: string
/** 5 records. */
let other: string

beforeAll(async () => {
  topic = await createTopic({ partitions: 3, name: 'a' })
  other = await createTopic({ name: 'b' })
  await write(topic, [...values(0, 50), ...values(1, 30)])
  await write(other, values(0, 5))
  await deleteRecordsBefore(topic, 0, 10)
})

async function groupAt(offsets: Record<string, number | bigint>, ofOther?: number): Promise<string> {
  const group = uniqueName('group')
  await commit(group, topic, offsets)
  if (ofOther !== undefined) await commit(group, other, { 0: ofOther })
  return group
}

describe('list', () => {
  test('has a row for each partition of the topics, with the lag of the contract', async () => {
    const group = await groupAt({ 0: 4, 1: 90 }, 2)
    const head = 'group,topic,partition,committed,start,end,lag'
    const rows = [`${topic},0,4,10,50,40`, `${topic},1,90,0,30,0`, `${topic},2,,0,0,0`, `${other},0,2,0,5,3`]
    const csv = succeeded(await run(['list', group, '--format', 'csv']))
    expect(csv.stdout).toBe([head, ...rows.map((row) => `${group},${row}`), ''].join('\n'))
    expect(csv.stderr).toBe('')
    const json = JSON.parse(succeeded(await run(['list', group, '--json'])).stdout) as unknown[]
    expect(json[2]).toEqual({ group, topic, partition: 2, committed: null, start: 0, end: 0, lag: 0 })
    expect(succeeded(await run(['list', group])).stdout).toMatch(
      /^GROUP +TOPIC +PARTITION +COMMITTED +START +END +LAG\n.* 4 +10 +50 +40\n.* 90 +0 +30 +0\n.* - +0 +0 +0\n.* 2 +0 +5 +3\n$/
    )
  })

  test('is exact far beyond 2^53', async () => {
    const group = await groupAt({ 0: 2n ** 62n + 1n })
    expect(succeeded(await run(['list', group, '--json'])).stdout).toContain('"committed": 4611686018427387905, ')
    expect(succeeded(await run(['export', group])).stdout).toBe(`${topic},0,4611686018427387905\n`)
  })

  test('has all groups when none is named, and only those that are', async () => {
    const [one, two] = [await groupAt({ 0: 11 }), await groupAt({ 0: 12 })]
    const groupsOf = async (...args: string[]): Promise<string[]> => {
      const rows = JSON.parse(succeeded(await run(['list', '--json', ...args])).stdout) as { group: string }[]
      return [...new Set(rows.map(({ group }) => group))]
    }
    const all = await groupsOf()
    expect(all).toEqual(expect.arrayContaining([one, two]))
    expect(all).toEqual([...all].sort())
    expect(await groupsOf(two, one, two)).toEqual([one, two].sort())
  })

  test.each(['list', 'export', 'delete'])('%s: a group that does not exist is an error', async (command) => {
    const group = await groupAt({ 0: 11 })
    const { code, stdout, stderr } = await run([command, `${group}x`])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(`sluice: group "${group}x" does not exist: did you mean "${group}"?\n`)
  })
})

describe('export and import', () => {
  test('one group: there, away and back again', async () => {
    const group = await groupAt({ 0: 20, 1: 30 }, 3)
    const plan = `${topic},0,20\n${topic},1,30\n${other},0,3\n`
    const script = `sluice offsets export ${group} > plan.csv`
    succeeded(await bash(script, { env, cwd: workdir.path }))
    expect(workdir.read('plan.csv')).toBe(plan)
    succeeded(await run(['reset', group, '--all-topics', '--to', 'earliest', '--execute']))
    expect(await committed(group, topic)).toEqual({ 0: 10, 1: 0, 2: 0 })

    const file = workdir.join('plan.csv')
    const shown = succeeded(await run(['import', group, file, '--json']))
    expect(JSON.parse(shown.stdout)).toEqual([
      { group, topic, partition: 0, from: 10, to: 20, records: 10 },
      { group, topic, partition: 1, from: 0, to: 30, records: 30 },
      { group, topic: other, partition: 0, from: 0, to: 3, records: 3 }
    ])
    expect(shown.stderr).toBe(NOT_DONE)
    expect(await committed(group, topic)).toEqual({ 0: 10, 1: 0, 2: 0 })
    const done = succeeded(await run(['import', group, file, '--json', '--execute']))
    expect({ stdout: done.stdout, stderr: done.stderr }).toEqual({ stdout: shown.stdout, stderr: '' })
    expect(await committed(group, topic)).toEqual({ 0: 20, 1: 30, 2: 0 })
    expect(await committed(group, other)).toEqual({ 0: 3 })
  })

  test('several groups, through a pipe', async () => {
    const groups = [await groupAt({ 0: 20 }), await groupAt({ 1: 7 })].sort()
    const csv = succeeded(await run(['export', ...groups])).stdout
    const lines = csv.trimEnd().split('\n')
    expect(lines.map((line) => line.split(',')[0])).toEqual(groups)
    expect(lines.every((line) => line.split(',').length === 4)).toBe(true)
    for (const group of groups) succeeded(await run(['delete', group, '--execute']))
    succeeded(await run(['import', '-', '--execute', '-q'], csv))
    expect(succeeded(await run(['export', ...groups])).stdout).toBe(csv)
  })

  test('a group whose name needs quotes', async () => {
    const group = `${uniqueName('a,"b"')}`
    await commit(group, topic, { 0: 20 })
    const csv = succeeded(await run(['export', group, await groupAt({ 1: 1 })])).stdout
    expect(csv).toContain(`"${group.replaceAll('"', '""')}",${topic},0,20\n`)
    const rows = JSON.parse(succeeded(await run(['import', '-', '--json'], csv)).stdout) as { group: string }[]
    expect(rows.map((row) => row.group)).toContain(group)
  })

  test('what people make of such files in editors is read', async () => {
    const group = await groupAt({ 0: 20 })
    const text = `\ufeffgroup,topic,partition,offset\r\n\r\n${group},"${topic}",1,7\r\n   \r\n${group}, ${topic} , 0 , 30`
    for (const args of [['-'], [group, '-']]) {
      const rows = JSON.parse(succeeded(await run(['import', ...args, '--json'], text)).stdout) as unknown[]
      expect(rows).toEqual([
        { group, topic, partition: 0, from: 20, to: 30, records: 10 },
        { group, topic, partition: 1, from: null, to: 7, records: null }
      ])
    }
  })

  test('targets out of range are moved into it, exactly, and told', async () => {
    const group = await groupAt({ 0: 2n ** 53n + 1n })
    const text = `${topic},0,5\n${topic},1,9007199254740993\n`
    const { stdout, stderr } = succeeded(await run(['import', group, '-', '--execute', '--json'], text))
    expect(stdout).toContain('"partition": 0, "from": 9007199254740993, "to": 10, "records": -9007199254740983}')
    const [first, second] = [`${topic} [0] from 5 to 10`, `${topic} [1] from 9007199254740993 to 30`]
    expect(stderr).toBe(`sluice: out of range, so moved to the start or end of the log: ${first}, ${second}\n`)
    expect(await committed(group, topic)).toEqual({ 0: 10, 1: 30 })
  })

  test('what is wrong in a file is named with its line, and nothing is done', async () => {
    const group = await groupAt({ 0: 20 })
    const fails = async (content: string, problem: string, named: string[] = [group]): Promise<void> => {
      const path = workdir.write('wrong.csv', content)
      const { code, stdout, stderr } = await run(['import', ...named, path, '--execute'])
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `sluice: ${path}${problem}\n` })
    }
    await fails(
      `${topic},0,1\n\n${topic},7,1\n`,
      `:3: partition 7 of topic "${topic}" does not exist: it has partitions 0 to 2`
    )
    await fails(`${topic},0,1\n${topic}x,0,1\n`, `:2: topic "${topic}x" does not exist: did you mean "${topic}"?`)
    await fails(`${topic},0,-1\n`, ":1: '-1' is no offset: it is a number, 0 or more")
    await fails(
      `${topic},0,1\n${topic},1\n`,
      ':2: 2 columns where 3 belong: write [GROUP,]TOPIC,PARTITION,OFFSET in each line'
    )
    await fails(`${topic},0,1\n`, ':1: there is no group in it: name the group before the file', [])
    await fails(
      `other,${topic},0,1\n`,
      `:1: these are offsets of group "other", not "${group}": name no group, or the one that the file is of`
    )
    const nameless = await run(['import'])
    expect({ code: nameless.code, stderr: nameless.stderr }).toEqual({
      code: 2,
      stderr: 'sluice: no file is named: write it behind the group, - for standard input\n'
    })
    const missing = await run(['import', group, workdir.join('missing.csv')])
    expect(missing.stderr).toBe(`sluice: cannot read ${workdir.join('missing.csv')}: no such file\n`)
    expect(await committed(group, topic)).toEqual({ 0: 20 })
  })

  test("Kafka's own tool reads ours, and we read its", async () => {
    const groups = [await groupAt({ 0: 20, 1: 30 }), await groupAt({ 1: 7 })].sort()
    const named = groups.flatMap((group) => ['--group', group])
    const ours = succeeded(await run(['export', ...groups])).stdout
    const file = workdir.write('ours.csv', ours)
    for (const group of groups) succeeded(await run(['reset', group, '--all-topics', '--to', 'end', '--execute', '-q']))
    await consumerGroups('--reset-offsets', ...named, '--from-file', file, '--execute')
    const back = succeeded(await run(['export', ...groups])).stdout
    expect(back.split('\n')).toEqual(expect.arrayContaining(ours.split('\n')))

    const one = groups[0]!
    const alone = workdir.write('alone.csv', succeeded(await run(['export', one])).stdout)
    const target = uniqueName('group')
    await consumerGroups('--reset-offsets', '--group', target, '--from-file', alone, '--execute')
    expect(await committed(target, topic)).toEqual(await committed(one, topic))

    const theirs = await consumerGroups(
      '--reset-offsets',
      ...named,
      '--all-topics',
      '--to-current',
      '--export',
      '--dry-run'
    )
    const rows = JSON.parse(succeeded(await run(['import', '-', '--json'], theirs)).stdout) as {
      group: string
      records: number
    }[]
    expect([...new Set(rows.map(({ group }) => group))]).toEqual(groups)
    expect(rows.every(({ records }) => records === 0)).toBe(true)
  })

  // Earlier ones forget the group with its last offset.
  needs('4.0')('a group without offsets is told, and gives an empty file', async () => {
    const group = await groupAt({ 0: 20 })
    succeeded(await run(['delete', group, '--topic', topic, '--execute']))
    const { code, stdout, stderr } = await run(['export', group])
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: `sluice: group "${group}" has no committed offsets\n`
    })
    expect(JSON.parse(succeeded(await run(['list', group, '--json'])).stdout)).toEqual([])
  })
})

describe('delete', () => {
  test('shows what goes, and then lets it go', async () => {
    const group = await groupAt({ 0: 20, 1: 30 }, 3)
    const shown = succeeded(await run(['delete', group, '--topic', `${topic}:1`, '--topic', other, '--json']))
    expect(JSON.parse(shown.stdout)).toEqual([
      { group, topic, partition: 1, from: 30, to: null, records: null },
      { group, topic: other, partition: 0, from: 3, to: null, records: null }
    ])
    expect(shown.stderr).toBe(NOT_DONE)
    expect(await committed(group, topic)).toEqual({ 0: 20, 1: 30 })
    succeeded(await run(['delete', group, '--topic', `${topic}:1`, '--topic', other, '--execute']))
    expect(await committed(group, topic)).toEqual({ 0: 20 })
    expect(await committed(group, other)).toEqual({})

    const all = succeeded(await run(['delete', group, '--format', 'csv', '--execute']))
    expect(all.stdout).toBe(`group,topic,partition,from,to,records\n${group},${topic},0,20,,\n`)
    const groups = await withAdmin((admin) => admin.listGroups())
    expect(groups.groups.map(({ groupId }) => groupId)).not.toContain(group)
  })

  test('offsets that are not there are an error', async () => {
    const group = await groupAt({ 0: 20 })
    const advice = `\`sluice offsets list ${group}\` shows what it has`
    for (const [what, where] of [
      [other, `topic "${other}"`],
      [`${topic}:0,2`, `${topic} [2]`]
    ]) {
      const { code, stderr } = await run(['delete', group, '--topic', what!, '--execute'])
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `sluice: group "${group}" has no committed offset in ${where}: ${advice}\n`
      })
    }
    expect(await committed(group, topic)).toEqual({ 0: 20 })
  })
})
