/** Requests and responses as Kafka's own classes write them (test/fixtures/protocol), beside what ours make of them. */
import { readFileSync } from 'node:fs'
import { Reader } from '../../../../src/kafka/reader.js'
import type { Api } from '../../../../src/kafka/request.js'
import { Writer } from '../../../../src/kafka/writer.js'

const file = new URL('../../../fixtures/protocol/protocol.json', import.meta.url)
const bytes = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { request: string; response: string }>

/** Every version that the description covers: all of them must be in the file. */
export function versionsOf({ versions: [lowest, highest] }: Api<never, unknown>): number[] {
  return Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index)
}

export function kafkasRequest(api: Api<never, unknown>, version: number): string {
  return bytes[`${api.name} v${version}`]!.request
}

export function ourRequest<A>(api: Api<A, unknown>, args: A, version: number): string {
  // A small capacity, so that the writer has to go on in another buffer.
  const writer = new Writer(isFlexible(api, version), 16)
  api.encode(args, writer, version)
  return Buffer.concat(writer.finish()).toString('hex')
}

/** What our description reads from Kafka's response. */
export function read<R>(api: Api<never, R>, version: number): R {
  const response = Buffer.from(bytes[`${api.name} v${version}`]!.response, 'hex')
  return api.decode(new Reader(response, isFlexible(api, version)), version)
}

/** True when every response that is cut short is refused, instead of being read as something else. */
export function refusesCutResponses(api: Api<never, unknown>, version: number): boolean {
  const response = Buffer.from(bytes[`${api.name} v${version}`]!.response, 'hex')
  // A tagged-field count at the end is not read, since nothing is after it.
  const needed = response.length - (isFlexible(api, version) ? 1 : 0) - trailing(api, version)
  for (let length = 1; length < needed; length++) {
    try {
      api.decode(new Reader(response.subarray(0, length), isFlexible(api, version)), version)
      return false
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  return true
}

function isFlexible(api: Api<never, unknown>, version: number): boolean {
  return version >= (api.flexibleFrom ?? Infinity)
}

/** Metadata 8-10 ends with the operations allowed on the cluster, which are not read. */
function trailing(api: Api<never, unknown>, version: number): number {
  return api.name === 'Metadata' && version >= 8 && version <= 10 ? 4 : 0
}
