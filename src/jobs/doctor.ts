/**
 * Looks at everything that stands between this machine and a cluster, one thing after the other, so that the first one
 * that is wrong is seen for what it is. What cannot be looked at because of that is said to be skipped. Nothing is written.
 */
import { type Settings, Wire } from '../kafka/wire.js'
import { checkCluster } from './doctor-cluster.js'
import { checkServer } from './doctor-server.js'

export interface Check {
  check: string
  /** What was looked at: an address, a setting; '' where there is but one. */
  subject: string
  /** `note`: something to know, but nothing is wrong. */
  status: 'ok' | 'note' | 'failed' | 'skipped'
  text: string
  /** What to do about it. */
  advice: string | null
}

/** The checks, as they are made. */
export async function* examine(settings: Settings, signal: AbortSignal): AsyncGenerator<Check> {
  const answers: Settings['bootstrapServers'] = []
  for (const server of settings.bootstrapServers) {
    let works = true
    for await (const check of checkServer(server, settings, signal)) {
      if (check.status === 'failed') works = false
      yield check
    }
    if (works) answers.push(server)
  }
  if (answers.length === 0)
    return yield* skipped(['cluster', 'broker', 'controller', 'clock', 'rights'], '', 'no broker answers')
  const wire = await Wire.open({ ...settings, bootstrapServers: answers }, signal)
  try {
    yield* checkCluster(wire, settings, signal)
  } finally {
    wire.close()
  }
}

export function ok(check: string, subject: string, text: string): Check {
  return { check, subject, status: 'ok', text, advice: null }
}

export function note(check: string, subject: string, text: string, advice: string | null = null): Check {
  return { check, subject, status: 'note', text, advice }
}

export function failed(check: string, subject: string, text: string, advice: string | null = null): Check {
  return { check, subject, status: 'failed', text, advice }
}

export function skipped(checks: readonly string[], subject: string, text: string): Check[] {
  return checks.map((check) => ({ check, subject, status: 'skipped', text, advice: null }))
}
