/** Where sockets of `pipe` connect or listen: `tcp://HOST:PORT`, `unix:PATH`, `tcp-listen://HOST:PORT`, `unix-listen:PATH`. */
import type { SocketAddress } from '../endpoints/socket-connection.js'
import { UsageError } from '../errors.js'
import type { EndpointUri } from './endpoint-uri.js'
import { parseListenAddress } from './listen-address.js'

export type SocketScheme = 'tcp' | 'unix' | 'tcp-listen' | 'unix-listen'

/**
 * To listen, the port may be 0 (any that is free), and without a host it is this machine alone that can connect.
 * @throws UsageError
 */
export function socketAddress({ text, scheme, address }: EndpointUri): SocketAddress {
  const name = `${scheme}:${address}`
  if (scheme === 'unix' || scheme === 'unix-listen') {
    if (address === '') throw new UsageError(`'${text}' names nothing`, `write ${scheme}:PATH`)
    return { name, at: { path: address } }
  }
  const [, place] = /^\/\/([^/]+)\/?$/.exec(address) ?? []
  const wrong = new UsageError(`'${text}' is no address`, `write ${scheme}://HOST:PORT, or ${scheme}://[::1]:PORT`)
  if (place === undefined) throw wrong
  if (scheme === 'tcp-listen') {
    try {
      return { name, at: parseListenAddress(place) }
    } catch {
      throw wrong
    }
  }
  const [, ipv6, host, digits] = /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(place) ?? []
  const port = Number(digits)
  if (!(port >= 1 && port <= 65_535)) throw wrong
  return { name, at: { host: (ipv6 ?? host)!, port } }
}
