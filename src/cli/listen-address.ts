/** Where a server is to listen: `127.0.0.1:9308`, `[::1]:9308`, `:9308`, `9308`. Pure. */
import { UsageError } from '../errors.js'
import type { Address } from '../kafka/wire.js'

/** Without a host it is this machine alone that can connect. @throws UsageError */
export function parseListenAddress(text: string): Address {
  const [, bracketed, name, digits] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (!(port <= 65_535)) throw new UsageError(`'${text}' is nowhere to listen`, 'write HOST:PORT as in 127.0.0.1:9308')
  return { host: bracketed || name || '127.0.0.1', port }
}
