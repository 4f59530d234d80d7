/**
 * Ports for servers and brokers of tests. Each worker of jest has a range of its own, below that of the program: what one has
 * chosen and not bound yet, or what belongs to a broker that was killed and is to come back, no other one takes.
 */
import { areFree, portsFrom } from '../../src/sandbox/ports.js'

const SIZE = 1_000
const first = 15_000 + (Number(process.env['JEST_WORKER_ID'] ?? 1) % 5) * SIZE

/** Those that guides say. */
const GUIDES = [16_391, 18_642, 18_644]

/** Where a file begins is left to chance: servers of the one before it may be on their way out. */
let next = Math.floor(Math.random() * SIZE)

/** `count` free ports in a row, none of which this test file has had. */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    if (next + count > SIZE) next = 0
    const ports = portsFrom(first + next, count)
    next += count
    if (!GUIDES.some((port) => ports.includes(port)) && (await areFree(ports))) return ports
  }
}
