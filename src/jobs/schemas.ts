/**
 * What a schema registry says of keys and values: decoded as a topic is read, encoded as one is written. Loaded with its
 * codecs only where that is asked for.
 */
import type { RecordDecoder } from '../endpoints/decoding.js'
import type { RecordEncoder } from '../endpoints/kafka-sink.js'
import type { Form } from '../schemas/codec.js'
import type { Part } from '../schemas/encoder.js'
import type { RegistrySettings } from '../schemas/registry.js'

export interface DecodeOptions {
  /** null: no schema is needed. */
  registry: RegistrySettings | null
  /** null: as it is. */
  key: Form | null
  value: Form | null
}

export interface EncodeOptions {
  registry: RegistrySettings
  /** null: as it is. */
  key: Part | null
  value: Part | null
}

export async function openDecoder({ registry, key, value }: DecodeOptions): Promise<RecordDecoder> {
  const { Registry } = await import('../schemas/registry.js')
  const { RecordDecoder } = await import('../schemas/decoder.js')
  return new RecordDecoder(registry && new Registry(registry), { key, value })
}

export async function openEncoder(
  { registry, key, value }: EncodeOptions,
  { topic, notice }: { topic: string; notice: (text: string) => void }
): Promise<RecordEncoder> {
  const { Registry } = await import('../schemas/registry.js')
  const { RecordEncoder } = await import('../schemas/encoder.js')
  return RecordEncoder.open(new Registry(registry), { key, value, topic, register: registry.register, notice })
}
