// What the kernel tells of a process (proc(5), Linux): processor time, memory, open files, bytes read and written.
import { readFileSync, readdirSync } from 'node:fs'

/** Clock ticks a second (sysconf _SC_CLK_TCK), the same on every Linux that Node runs on. */
const TICKS = 100

/** Seconds of processor time that a process has had so far. */
export function processorTime(pid) {
  // The second field, the name, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Megabytes of resident memory, now and at most; `own`: without the pages of files, which processes share. */
export function residentMemory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]) / 1024
  return { resident: megabytes('VmRSS'), own: megabytes('RssAnon'), peak: megabytes('VmHWM') }
}

export function openFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Bytes that a process has read and written so far, from and to files, pipes and sockets. */
export function transferred(pid) {
  const io = readFileSync(`/proc/${pid}/io`, 'utf8')
  return { read: Number(/^rchar: (\d+)/m.exec(io)[1]), written: Number(/^wchar: (\d+)/m.exec(io)[1]) }
}

/** Megabytes that processes can still have on this machine. */
export function availableMemory() {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024
}
