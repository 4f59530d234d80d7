/** What the sandbox's commands share: the flags that name a sandbox, and the folders that they stand for. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { string } from '@oclif/core/flags'
import { UsageError } from '../errors.js'
import { byDefault, count } from './flags.js'

export const whichSandbox = {
  port: count({
    ...byDefault(9092, '9092'),
    max: 65_535,
    description: "the first broker's port on 127.0.0.1; 0 for any free one, with --data"
  }),
  data: string({
    helpValue: 'DIR',
    description: 'where its data, logs and state are [default: a folder for the port, in ~/.local/state/sluice/sandbox]'
  })
}

export function sandboxFolder(flags: { port: number; data?: string | undefined }, env: NodeJS.ProcessEnv): string {
  if (flags.port === 0 && !flags.data) throw new UsageError('--port 0 needs --data', 'say where to find it again')
  const states = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  return resolve(flags.data ?? join(states, 'sluice', 'sandbox', `${flags.port}`))
}

/** Where Kafka's jars are kept, for all sandboxes. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return resolve(env['SLUICE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice'))
}
