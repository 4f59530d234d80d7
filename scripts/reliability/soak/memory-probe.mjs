// Loaded into a sluice that is watched (`node --import`): writes what V8 says of its memory, which the kernel cannot
// know, to the file $MEMORY_PROBE.PID, a line every second.
import { appendFileSync } from 'node:fs'
import { pid, memoryUsage, env } from 'node:process'

const note = () => {
  const { heapUsed, external } = memoryUsage()
  appendFileSync(`${env.MEMORY_PROBE}.${pid}`, `${heapUsed} ${external}\n`)
}
note()
setInterval(note, 1000).unref()
