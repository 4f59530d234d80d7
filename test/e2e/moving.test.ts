// Guides for those who come from other tools: what stands side by side in them is run side by side, and each of the other
// tool's flags is told of.
import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { bootstrap, kafkaClasspath, kafkaTool, testWithKcat } from '../support/broker.js'
import { Guide } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { Workdir } from '../support/workdir.js'

const workdir = new Workdir()
const [kcat, scripts] = [new Guide('from-kcat'), new Guide('from-kafka-consumer-groups')]
const groups = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'

/** What the guides leave out: where the cluster is, and for Kafka's scripts where they are. */
const programs = workdir.write(
  'programs.sh',
  [
    `kcat() { command kcat -b ${bootstrap} "$@"; }`,
    `tool() { java -XX:TieredStopAtLevel=1 -Xmx128m -cp '${await kafkaClasspath()}' "$@" --bootstrap-server ${bootstrap}; }`,
    `kafka-consumer-groups.sh() { tool ${groups} "$@"; }`,
    'kafka-get-offsets.sh() { tool org.apache.kafka.tools.GetOffsetShell "$@"; }',
    'kafka-console-consumer.sh() { tool org.apache.kafka.tools.consumer.ConsoleConsumer "$@" 2> /dev/null; }'
  ].join('\n')
)
const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap, BASH_ENV: programs }

describeGuide(kcat, () => env)
describeGuide(scripts, () => env)

testWithKcat('each flag of kcat is told of', () => {
  const help = spawnSync('kcat', ['-h'], { encoding: 'utf8' }).stdout
  const flags = new Set([...help.matchAll(/^ {2}(-\w)\b/gm)].map(([, flag]) => flag!))
  expect(flags.size).toBeGreaterThan(25)
  expect([...flags].filter((flag) => !kcat.text.includes(`\`${flag}`))).toEqual([])
})

test('each flag of kafka-consumer-groups is told of', async () => {
  const { stdout, stderr } = await kafkaTool(groups, ['--help'])
  const flags = [...(stdout + stderr).matchAll(/^(--[a-z][a-z-]*)/gm)].map(([, flag]) => flag!)
  expect(flags.length).toBeGreaterThan(25)
  expect(flags.filter((flag) => !scripts.text.includes(`\`${flag}`))).toEqual([])
})
