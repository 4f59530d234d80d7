/** What is left in a topic of numbers that were written to another one, as readers of what is committed see it. */
import { bootstrap } from './broker.js'
import { until } from './long-runs.js'
import { sluice, succeeded } from './sluice.js'

/**
 * What is wrong with a topic of the numbers from 1 to `count`, each once: nothing, as text. Reads what is committed, with
 * an end that an open transaction would hold back.
 */
export async function wrongNumbers(topic: string, count: number, server = bootstrap): Promise<string[]> {
  const env = { KAFKA_BOOTSTRAP_SERVERS: server }
  const { stdout } = succeeded(await sluice(['consume', topic, '-e'], { env }))
  const seen = new Uint8Array(count + 1)
  const wrong: string[] = []
  for (const line of stdout.split('\n').slice(0, -1)) {
    const number = Number(line)
    if (!(number >= 1 && number <= count)) wrong.push(`${line} was never written`)
    else if (seen[number]! > 0) wrong.push(`${line} is there twice`)
    else seen[number] = 1
  }
  const missing = seen.subarray(1).indexOf(0)
  if (missing >= 0) wrong.push(`${missing + 1} is missing`)
  return wrong.slice(0, 10)
}

/**
 * Resolves once no transaction is open in a topic: that one ends is answered when it is decided, and its partitions hear of
 * it after that (`TransactionCoordinator.endTransaction`).
 */
export async function ended(topic: string, server = bootstrap): Promise<void> {
  await until(async () => !(await isHeldBack(topic, server)))
}

/** What was said, but that a coordinator takes longer than a second to end the transaction before. */
export function butRetries(stderr: string): string {
  return stderr.replace(/^sluice: .*: trying again\n/gm, '')
}

/** Whether a transaction is open in a topic: then its last stable offset is behind its end. */
export async function isHeldBack(topic: string, server = bootstrap): Promise<boolean> {
  const env = { KAFKA_BOOTSTRAP_SERVERS: server }
  const ends = async (isolation: string): Promise<unknown> => {
    const shown = await sluice(['offsets', 'show', topic, '--at', 'end', '--isolation', isolation, '--json'], { env })
    return (JSON.parse(succeeded(shown).stdout) as { offset: number }[]).map(({ offset }) => offset)
  }
  return JSON.stringify(await ends('committed')) !== JSON.stringify(await ends('uncommitted'))
}
