/** The checks of `doctor` as lines: with signs on a terminal, in words elsewhere. */
import { isatty } from 'node:tty'
import type { Check } from '../jobs/doctor.js'
import { oneLine, printStyled } from './output.js'
import { type Property, place } from './properties.js'

const signs: Record<Check['status'], [sign: string, colour: number]> = {
  ok: ['✓', 32],
  note: ['!', 33],
  failed: ['✗', 31],
  skipped: ['-', 2]
}

export async function printCheck(
  { check, subject, status, text, advice }: Check,
  env: NodeJS.ProcessEnv
): Promise<void> {
  const [sign, colour] = signs[status]
  const head = !isatty(1) ? `${status}:` : env['NO_COLOR'] ? sign : `\u001b[${colour}m${sign}\u001b[0m`
  const what = subject === '' ? check : `${check} ${subject}`
  await printStyled(`${head} ${oneLine(`${what}: ${text}${advice === null ? '' : `: ${advice}`}`)}\n`)
}

/** Names of properties whose values are nobody's secret. Of all others only the place is shown. */
const harmless =
  /^(bootstrap\.servers|metadata\.broker\.list|security\.protocol|sasl\.mechanisms?|client\.id|group\.[a-z.]+|ssl\.(truststore|keystore|ca|certificate|key)\.(location|type)|ssl\.endpoint\.identification\.algorithm|enable\.ssl\.certificate\.verification|[a-z.]+\.ms)$/

/** Each setting, and where it stands. */
export function originCheck(property: Property): Check {
  const { key, value } = property
  const shown = harmless.test(key) && !key.includes('password') ? value || "''" : 'its value is not shown'
  return { check: 'setting', subject: key, status: 'ok', text: `${shown} (${place(property)})`, advice: null }
}
