// What docs/scale.md says: how time, processor time and memory grow with the members of a group, with partitions, and with
// what is done to each record. Processor time is what counts for machines that share nothing with a broker, as here they do.
import { processorTime } from '../processes.mjs'
import { measure } from './contest.mjs'

/** @param at { sluice, bootstrap, brokerPid, lines, bytes, run() } `bytes`: those of all lines */
export async function scale(at) {
  const from = `-b ${at.bootstrap}`
  const gigabytes = at.bytes / 1e9
  const topic = (partitions) => `scale-${partitions}`
  for (const partitions of [1, 10, 64, 100, 1000]) {
    at.run('produce', '-b', at.bootstrap, topic(partitions), `--create-topic=${partitions}`, at.lines)
  }

  for (const how of ['join', 'have shares of their own']) {
    table(`members of a group that ${how}, ${topic(64)}`)
    for (const members of [1, 2, 4, 8, 16]) {
      const runs = Array.from({ length: members }, (_, subtask) => {
        const share = how === 'join' ? '' : `--assign --parallelism ${members} --subtask ${subtask}`
        const group = `-g scale-${how.slice(0, 4)}-${members}`
        return `${at.sluice} consume ${from} ${topic(64)} ${group} --reset earliest -e ${share} > /dev/null &`
      })
      await row(`${members}`, `${runs.join(' ')} wait`)
    }
  }

  table('partitions of a topic, one reader')
  for (const partitions of [1, 10, 100, 1000]) {
    await row(`${partitions}`, `${at.sluice} consume ${from} ${topic(partitions)} -e > /dev/null`)
  }

  table('what is done to each record')
  await row('read, values', `${at.sluice} consume ${from} ${topic(10)} -e > /dev/null`)
  await row('read, envelope', `${at.sluice} consume ${from} ${topic(10)} -e --format envelope > /dev/null`)
  await row(
    'read, to a file with a checkpoint',
    `${at.sluice} consume ${from} ${topic(10)} -e -O ${at.lines}.out --checkpoint ${at.lines}.positions`
  )
  await row('write, lines', `${at.sluice} produce ${from} scale-written --create-topic=10 ${at.lines}`)
  await row(
    'copy to a topic',
    `${at.sluice} pipe ${from} 'kafka:${topic(10)}?exit' 'kafka:scale-copied?create-topic=10'`
  )

  function table(title) {
    console.log(
      `\n| ${title} | seconds | MB/s | CPU s a GB | of the broker | peak MB |\n|---|---:|---:|---:|---:|---:|`
    )
  }

  async function row(name, command) {
    const before = processorTime(at.brokerPid)
    const { seconds, cpu, megabytes } = await measure(command)
    const broker = processorTime(at.brokerPid) - before
    const figures = [seconds.toFixed(1), (at.bytes / 1e6 / seconds).toFixed(0), (cpu / gigabytes).toFixed(1)]
    console.log(`| ${name} | ${[...figures, (broker / gigabytes).toFixed(1), megabytes.toFixed(0)].join(' | ')} |`)
  }
}
