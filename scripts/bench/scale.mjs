// What docs/scale.md says: how time, processor time and memory grow with the members of a group, with partitions, and with
// what is done to each record. Processor time is what counts for machines that share nothing with a broker, as here they do.
import { readFileSync } from 'node:fs'
import { measure } from './contest.mjs'

/** Clock ticks a second (sysconf _SC_CLK_TCK), the same on every Linux that Node runs on. */
const TICKS = 100

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
    const { seconds, megabytes, stderr } = await measure(`${command}\ntimes >&2`)
    const broker = processorTime(at.brokerPid) - before
    const cpu = childrenTime(stderr)
    const figures = [seconds.toFixed(1), (at.bytes / 1e6 / seconds).toFixed(0), (cpu / gigabytes).toFixed(1)]
    console.log(`| ${name} | ${[...figures, (broker / gigabytes).toFixed(1), megabytes.toFixed(0)].join(' | ')} |`)
  }
}

/** Seconds of processor time that a process has had so far (proc(5), utime and stime). */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Seconds of processor time in the last line of what the shell's `times` prints: `0m1.230000s 0m0.450000s`. */
function childrenTime(text) {
  const spans = text
    .trimEnd()
    .split('\n')
    .at(-1)
    .matchAll(/(\d+)m([\d.]+)s/g)
  return [...spans].reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}
