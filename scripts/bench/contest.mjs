// One contest: several commands that do the same work, run in turn, round after round, so that whatever else the machine
// does hits all of them. Gives each one's median wall time and its peak resident memory.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const POLL = 20

/** Runs a shell command; resolves with { seconds, cpu, megabytes } of it and of its children; `cpu`: processor seconds. */
export function measure(command, env = {}) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint()
    const child = spawn('sh', ['-c', `${command}\ncode=$?; times >&2; exit $code`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env }
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-2000)))
    let peak = 0
    const timer = setInterval(() => (peak = Math.max(peak, residentOfTree(child.pid))), POLL)
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9
      clearInterval(timer)
      if (code === 0) resolve({ seconds, cpu: timesIn(stderr), megabytes: peak / 1024 })
      else reject(new Error(`${command}: exit ${code}: ${stderr.trim()}`))
    })
  })
}

/** Seconds in the last line of what the shell's `times` prints, that of its children: `0m1.230000s 0m0.450000s`. */
function timesIn(text) {
  const spans = text
    .trimEnd()
    .split('\n')
    .at(-1)
    .matchAll(/(\d+)m([\d.]+)s/g)
  return [...spans].reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}

/** Kilobytes of the high-water marks of a process and its descendants (Linux; 0 elsewhere). */
function residentOfTree(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const own = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    return own + children.reduce((sum, child) => sum + residentOfTree(child), 0)
  } catch {
    return 0
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]

/**
 * @param contestants [{ name, command, before?, slow? }], the first one being sluice; `command` takes what `before` gives
 * @returns [{ name, seconds, megabytes, ratio }], ratio being its time over sluice's
 */
export async function contest(contestants, rounds) {
  const runs = contestants.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { command, before, slow }] of contestants.entries()) {
      if (slow && round > 0) continue
      const line = before ? command(before()) : command
      // Nobody waits for the disk because of what was written before.
      execFileSync('sync')
      runs[index].push(await measure(line))
    }
  }
  const results = contestants.map(({ name }, index) => ({
    name,
    seconds: median(runs[index].map((run) => run.seconds)),
    megabytes: Math.max(...runs[index].map((run) => run.megabytes))
  }))
  return results.map((result) => ({ ...result, ratio: result.seconds / results[0].seconds }))
}
