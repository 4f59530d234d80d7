// `offsets reset`: what the plan says, that nothing is done before it is told to, and who is refused.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { commitOffsets, deleteOffsets } from '../../src/kafka/commit-offsets.js'
import { deleteGroups, describeGroups } from '../../src/kafka/groups.js'
import { Wire } from '../../src/kafka/wire.js'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import { commit, committed, settled } from '../support/groups.js'
import { JavaMember } from '../support/java-member.js'
import { Consumer, until } from '../support/long-runs.js'
import { values } from '../support/reading.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { needs } from '../support/versions.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const run = (...args: string[]): Promise<Result> => sluice(['offsets', ...args], { env })
const reset = (...args: string[]): Promise<Result> => run('reset', ...args)

/** A plan without its group and topic: `0: 5 → 40 (35)`. */
async function plan(...args: string[]): Promise<string[]> {
  const rows = JSON.parse(succeeded(await reset(...args, '--json')).stdout) as Record<string, number | null>[]
  return rows.map(({ partition, from, to, records }) => `${partition}: ${from} → ${to} (${records})`)
}

const NOT_DONE = 'sluice: nothing is changed: add --execute to do it\n'

/** 50 records, 30, none: one a second from noon of 1 March 2024. */
let topic: string

beforeAll(async () => {
  topic = await createTopic({ partitions: 3 })
  await write(topic, [...values(0, 50), ...values(1, 30)])
})

/** A group that has committed 20 and 30 of the first two partitions. */
async function groupAt20And30(): Promise<string> {
  const group = uniqueName('group')
  await commit(group, topic, { 0: 20, 1: 30 })
  return group
}

describe('a plan', () => {
  test('is shown and not done without --execute; with it, it is shown and done', async () => {
    const group = await groupAt20And30()
    const args = [group, '--topic', topic, '--to', '25', '--format', 'csv']
    const shown = succeeded(await reset(...args))
    const head = 'group,topic,partition,from,to,records'
    const rows = [`${group},${topic},0,20,25,5`, `${group},${topic},1,30,25,-5`, `${group},${topic},2,,0,`]
    expect(shown.stdout).toBe([head, ...rows, ''].join('\n'))
    const moved = 'sluice: out of range, so moved to the start or end of the log:'
    expect(shown.stderr).toBe(`${moved} ${topic} [2] from 25 to 0\n${NOT_DONE}`)
    expect(await committed(group, topic)).toEqual({ 0: 20, 1: 30 })

    const done = succeeded(await reset(...args, '--execute'))
    expect(done.stdout).toBe(shown.stdout)
    expect(done.stderr).toBe(`${moved} ${topic} [2] from 25 to 0\n`)
    expect(await committed(group, topic)).toEqual({ 0: 25, 1: 25, 2: 0 })
  })

  test('has the same columns in a table and in JSON, with null for what is not there', async () => {
    const group = await groupAt20And30()
    const args = [group, '--topic', `${topic}:0,2`, '--to', 'earliest', '-q']
    expect(succeeded(await reset(...args)).stdout).toMatch(
      new RegExp(`^GROUP +TOPIC +PARTITION +FROM +TO +RECORDS\n${group} +${topic} +0 +20 +0 +-20\n.* 2 +- +0 +-\n$`)
    )
    const { stdout, stderr } = await reset(...args, '--json')
    expect(JSON.parse(stdout)).toEqual([
      { group, topic, partition: 0, from: 20, to: 0, records: -20 },
      { group, topic, partition: 2, from: null, to: 0, records: null }
    ])
    expect(stderr).toBe('')
  })

  test.each([
    ['--to earliest', ['0: 20 → 0 (-20)', '1: 30 → 0 (-30)', '2: null → 0 (null)']],
    ['--to latest', ['0: 20 → 50 (30)', '1: 30 → 30 (0)', '2: null → 0 (null)']],
    ['--to -3', ['0: 20 → 47 (27)', '1: 30 → 27 (-3)', '2: null → 0 (null)']],
    ['--to group', ['0: 20 → 20 (0)', '1: 30 → 30 (0)', '2: null → 0 (null)']],
    ['--to @2024-03-01T12:00:10Z', ['0: 20 → 10 (-10)', '1: 30 → 10 (-20)', '2: null → 0 (null)']],
    ['--to @2024-03-01T13:00:40+01:00', ['0: 20 → 40 (20)', '1: 30 → 30 (0)', '2: null → 0 (null)']],
    ['--to @-1h', ['0: 20 → 50 (30)', '1: 30 → 30 (0)', '2: null → 0 (null)']],
    ['--to 1:7', ['0: 20 → 20 (0)', '1: 30 → 7 (-23)']],
    ['--to 2:0', ['0: 20 → 20 (0)', '1: 30 → 30 (0)', '2: null → 0 (null)']],
    ['--shift 10', ['0: 20 → 30 (10)', '1: 30 → 30 (0)']],
    ['--shift -25', ['0: 20 → 0 (-20)', '1: 30 → 5 (-25)']],
    ['--shift=-1', ['0: 20 → 19 (-1)', '1: 30 → 29 (-1)']]
  ])('%s', async (words, expected) => {
    const group = await groupAt20And30()
    expect(await plan(group, '--topic', topic, ...words.split(' '))).toEqual(expected)
    expect(await plan(group, '--all-topics', ...words.split(' '))).toEqual(expected)
  })

  test('says what it leaves out', async () => {
    const group = await groupAt20And30()
    const { stderr } = succeeded(await reset(group, '--topic', topic, '--shift', '1'))
    expect(stderr).toContain(`sluice: group "${group}" has no committed offset in ${topic} [2]: left out\n`)
  })

  test('takes several topics, some by their partitions', async () => {
    const [group, other] = [await groupAt20And30(), await createTopic({ partitions: 2, name: 'a' })]
    const topics = ['--topic', `${topic}:1-2`, '--topic', other]
    expect(await plan(group, ...topics, '--to', `${topic}:1:9,${topic}:2:0,${other}:0:0`)).toEqual([
      '0: null → 0 (null)',
      '1: 30 → 9 (-21)',
      '2: null → 0 (null)'
    ])
    const rows = JSON.parse(succeeded(await reset(group, ...topics, '--to', 'end', '--json')).stdout) as unknown[]
    expect(rows.map((row) => (row as { topic: string }).topic)).toEqual([other, other, topic, topic])
  })

  test('is exact far beyond 2^53', async () => {
    const group = uniqueName('group')
    await commit(group, topic, { 0: 2n ** 53n + 1n })
    const { stdout, stderr } = succeeded(await reset(group, '--topic', `${topic}:0`, '--shift', '1', '--json'))
    expect(stdout).toContain('"from": 9007199254740993, "to": 50, "records": -9007199254740943}')
    expect(stderr).toContain(`${topic} [0] from 9007199254740994 to 50\n`)
    const { stdout: there } = succeeded(await reset(group, '--topic', `${topic}:0`, '--to', 'latest', '-f', 'csv'))
    expect(there).toContain(',9007199254740993,50,-9007199254740943\n')
  })

  test('creates a group that does not exist, and says so', async () => {
    const group = uniqueName('group')
    const args = [group, '--topic', topic, '--to', 'earliest']
    const isNew = `sluice: group "${group}" does not exist yet: it comes into being with its first offset\n`
    expect(succeeded(await reset(...args)).stderr).toBe(isNew + NOT_DONE)
    expect((await run('list', group)).code).toBe(1)
    expect(succeeded(await reset(...args, '--execute')).stderr).toBe(isNew)
    expect(await committed(group, topic)).toEqual({ 0: 0, 1: 0, 2: 0 })
  })

  test('is done also when nobody reads it', async () => {
    const group = await groupAt20And30()
    const args = ['offsets', 'reset', group, '--topic', topic, '--to', '1', '--execute', '-q']
    const { openSync, closeSync } = await import('node:fs')
    const full = openSync('/dev/full', 'w')
    const { code } = await sluice(args, { env, stdout: full })
    closeSync(full)
    expect(code).toBe(1)
    expect(await committed(group, topic)).toEqual({ 0: 1, 1: 1, 2: 0 })
  })

  test('has hundreds of partitions in one go', async () => {
    const [group, wide] = [uniqueName('group'), await createTopic({ partitions: 300 })]
    await write(
      wide,
      Array.from({ length: 300 }, (_, partition) => ({ partition, value: 'x' }))
    )
    expect(await plan(group, '--topic', wide, '--to', 'latest', '--execute')).toHaveLength(300)
    expect(new Set(Object.values(await committed(group, wide)))).toEqual(new Set([1]))
    const { stderr } = succeeded(await reset(group, '--all-topics', '--shift', '-5', '--execute'))
    expect(stderr).toMatch(/\[0\] from -4 to 0, .*\[4\] from -4 to 0 and 295 more\n$/)
    expect(new Set(Object.values(await committed(group, wide)))).toEqual(new Set([0]))
  })
})

describe('what is wrong', () => {
  test.each([
    ['--to 1', 'it must be clear which topics are meant: give either --topic or --all-topics'],
    ['--all-topics --topic a --to 1', 'it must be clear which topics are meant: give either --topic or --all-topics'],
    ['--topic a', 'it must be clear where the group shall go: give either --to or --shift'],
    ['--topic a --to 1 --shift 1', 'it must be clear where the group shall go: give either --to or --shift'],
    ['--topic a --shift 1.5', "--shift: '1.5' is no number of offsets: write N or -N"],
    ['--topic a --to foo', "--to: 'foo' is no offset: use group, earliest, latest, @TIME, N, -N, P:N,… or TOPIC:P:N,…"],
    ['--topic a --topic a:1 --to 1', 'topic "a" is named twice: name it once, as in --topic a:0,1'],
    ['--topic a:x --to 1', "--topic: 'x' is no list of partitions: write it as in 0,3-5"]
  ])('in usage: %s', async (words, line) => {
    // Nothing is asked of a cluster: there is none.
    const args = ['offsets', 'reset', 'g', ...words.split(' '), '-b', '127.0.0.1:1']
    expect(await sluice(args)).toEqual(expect.objectContaining({ code: 2, stdout: '', stderr: `sluice: ${line}\n` }))
  })

  test('in the cluster', async () => {
    const group = await groupAt20And30()
    const fails = async (args: string[], line: string): Promise<void> => {
      const { code, stdout, stderr } = await reset(group, ...args, '--execute', '-q')
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `sluice: ${line}\n` })
    }
    await fails(['--topic', `${topic}x`, '--to', '1'], `topic "${topic}x" does not exist: did you mean "${topic}"?`)
    await fails(
      ['--topic', `${topic}:0,3`, '--to', '1'],
      `partition 3 of topic "${topic}" does not exist: it has partitions 0 to 2`
    )
    await fails(
      ['--topic', `${topic}:0`, '--to', '1:5'],
      'an offset is given for partition 1, which is not to be reset: choose it with --topic as well'
    )
    await fails(
      ['--topic', `${topic}:2`, '--shift', '1'],
      `group "${group}" has no committed offset in ${topic} [2]: say with --to where it shall start`
    )
    expect(await committed(group, topic)).toEqual({ 0: 20, 1: 30 })
    const { code, stderr } = await reset(uniqueName('group'), '--all-topics', '--to', '1', '-q')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sluice: group "\S+" has no committed offsets: name its topics with --topic\n$/)
  })
})

describe('a group that has members is refused, by name, and nothing changes', () => {
  /** Everything that would change something; reading goes on. */
  async function refused(group: string, member: RegExp): Promise<void> {
    const before = await committed(group, topic)
    const file = `${topic},0,3\n`
    const runs = await Promise.all([
      reset(group, '--topic', topic, '--to', '5'),
      reset(group, '--topic', topic, '--to', '5', '--execute'),
      sluice(['offsets', 'import', group, '-', '--execute'], { env, input: file }),
      run('delete', group, '--execute'),
      run('delete', group, '--topic', topic, '--execute')
    ])
    for (const { code, stdout, stderr } of runs) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      const named = `sluice: group "${group}" has 1 member: ${member.source}: stop its members first`
      expect(stderr).toMatch(new RegExp(`^${named}, and wait for their session timeout if they did not leave\n$`))
    }
    expect(await committed(group, topic)).toEqual(before)
    expect(succeeded(await run('export', group)).stdout).toBe(
      Object.entries(before)
        .map(([partition, offset]) => `${topic},${partition},${offset}\n`)
        .join('')
    )
  }

  /** Where a member comes between plan and act. */
  async function refusedByBroker(group: string, protocol: string): Promise<void> {
    const [host, port] = bootstrap.split(':') as [string, string]
    const timeouts = { connectTimeout: 10_000, requestTimeout: 10_000 }
    const address = { bootstrapServers: [{ host, port: +port }], clientId: 'sluice', tls: null, sasl: null }
    const wire = await Wire.open({ ...address, ...timeouts })
    try {
      const options = { deadline: 10_000 }
      const [one] = await commitOffsets(wire, group, [{ topic, partition: 0, offset: 1n }], options)
      expect(one).toMatchObject({ codeName: 'UNKNOWN_MEMBER_ID' })
      expect(one!.line).toMatch(
        /has members and takes no offsets from outside .*: stop the members of the group first$/
      )
      const [other] = await deleteOffsets(wire, group, [{ topic, partition: 0 }], options)
      expect(other).toMatchObject({ codeName: 'GROUP_SUBSCRIBED_TO_TOPIC' })
      expect((await deleteGroups(wire, [group], options)).get(group)).toMatchObject({ codeName: 'NON_EMPTY_GROUP' })
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }))
      const member = { clientId: `java-${protocol}`, host: '127.0.0.1', instanceId: null, partitions }
      const isMember = expect.objectContaining(member) as unknown
      expect((await describeGroups(wire, [group], options)).get(group)).toEqual({
        ...{ group, state: 'Stable', type: protocol, protocolType: 'consumer' },
        ...{ protocol: protocol === 'classic' ? 'range' : 'uniform', members: [isMember] }
      })
    } finally {
      wire.close()
    }
  }

  test('sluice itself', async () => {
    const group = await groupAt20And30()
    const reader = new Consumer([topic, '-g', group, '-X', 'client.id=billing', '--commit', 'exit'])
    await reader.wrote(30)
    await settled(group, 1)
    await refused(group, /billing on 127\.0\.0\.1 \(billing-\S+\)/)
    await reader.stop()
    await settled(group, 0)
    expect(await plan(group, '--topic', `${topic}:0`, '--to', '5', '--execute')).toEqual(['0: 50 → 5 (-45)'])
    expect((await committed(group, topic))[0]).toBe(5)
  })

  const refusesJava = async (protocol: string): Promise<void> => {
    const group = uniqueName('group')
    const name = `client.id=java-${protocol}`
    const member = await JavaMember.start(topic, group, `group.protocol=${protocol}`, name)
    // It has read all there is, and its commits change nothing any more.
    await until(async () => Object.values(await committed(group, topic)).join() === '50,30,0')
    await refusedByBroker(group, protocol)
    await refused(group, new RegExp(`java-${protocol} on 127\\.0\\.0\\.1 \\(\\S+\\)`))
    await member.stop()
    expect(await plan(group, '--topic', topic, '--to', '5', '--execute', '-q')).toEqual([
      '0: 50 → 5 (-45)',
      '1: 30 → 5 (-25)',
      '2: 0 → 0 (0)'
    ])
    expect(await committed(group, topic)).toEqual({ 0: 5, 1: 5, 2: 0 })
    succeeded(await run('delete', group, '--execute'))
    expect((await run('list', group)).code).toBe(1)
  }

  test("Java's consumer, of the classic protocol", () => refusesJava('classic'))
  needs('4.0')("Java's consumer, of KIP-848", () => refusesJava('consumer'))
})
