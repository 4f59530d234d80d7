/**
 * Every flag that two commands have, once, and the kinds of value that flags take. A parser is loaded when there is
 * something to read; it throws a UsageError, and main puts the flag's name in front. Defaults stand beside the text that
 * help shows for them, so that the manifest holds neither bigints nor milliseconds.
 */
import { boolean, custom, option, string } from '@oclif/core/flags'
import { UsageError } from '../errors.js'
import type { Commit } from '../jobs/commit-mode.js'
import type { TopicSelection } from '../jobs/offsets-plan.js'
import type { OffsetSpec } from '../kafka/offsets.js'
import type { Compression } from './compression.js'
import type { Until } from './until.js'

/** A default value, and how help shows it. */
export function byDefault<T>(value: T, shown: string): { default: T; defaultHelp: () => Promise<never> } {
  return { default: value, defaultHelp: () => Promise.resolve(shown as never) }
}

// Kinds of value.

/** Milliseconds, from `500ms`, `5s`, `1h30m`. */
export const duration = custom<number>({
  helpValue: 'TIME',
  parse: async (text) => (await import('./quantity.js')).parseDuration(text)
})
/** Milliseconds between two looks. */
export const interval = custom<number>({
  helpValue: 'TIME',
  parse: async (text) => (await import('./quantity.js')).parseInterval(text)
})
/** Bytes, from `64k`, `100MB`. */
export const size = custom<number>({
  helpValue: 'SIZE',
  parse: async (text) => (await import('./quantity.js')).parseSize(text)
})
/** Records a second. */
export const rate = custom<number>({
  helpValue: 'N/s',
  parse: async (text) => (await import('./quantity.js')).parseRate(text)
})
/** A whole number; `min` (0) and `max` are its bounds. */
export const count = custom<number, { min?: number; max?: number }>({
  helpValue: 'N',
  parse: async (text, _context, { min, max }) => (await import('./quantity.js')).parseCount(text, min, max)
})
/** An expression of the OFFSETS language. */
export const offsets = custom<OffsetSpec>({
  helpValue: 'OFFSETS',
  parse: async (text) => (await import('./offset-spec.js')).parseOffsetSpec(text, Date.now())
})
/** Such an expression as an end, or `watermark:TIME`. */
export const until = custom<Until>({
  helpValue: 'end|OFFSETS|watermark:TIME',
  parse: async (text) => (await import('./until.js')).parseUntil(text, Date.now())
})
/** When offsets are committed. */
export const commit = custom<Commit>({
  helpValue: 'auto[:5s]|checkpoint|exit|none',
  parse: async (text) => (await import('./commit.js')).parseCommit(text)
})
/** Bytes, with kcat's escapes; '' is none. */
export const bytes = custom<Buffer>({
  helpValue: 'BYTES',
  parse: async (text) => (await import('./escapes.js')).parseBytes(text)
})

/** Names separated by commas. */
export const names = custom<string[]>({
  helpValue: 'LIST',
  parse: async (text) => (await import('./names.js')).parseNames(text)
})

export const compression = custom<Compression>({
  helpValue: 'none|gzip[:LEVEL]|snappy|lz4|zstd[:LEVEL]',
  parse: async (text) => (await import('./compression.js')).parseCompression(text)
})

export interface Pair {
  name: string
  value: string
}

/** `NAME=VALUE`, split at the first equals sign. */
export function parsePair(text: string): Pair {
  const equals = text.indexOf('=')
  if (equals <= 0) throw new UsageError(`'${text}' has no name and value`, 'write NAME=VALUE')
  return { name: text.slice(0, equals), value: text.slice(equals + 1) }
}

const pair = custom<Pair>({
  helpValue: 'NAME=VALUE',
  parse: (text) => new Promise((resolve) => resolve(parsePair(text)))
})

// Every command.

export const everyCommand = {
  quiet: boolean({ char: 'q', helpGroup: 'common', description: 'say nothing on stderr but errors' }),
  verbose: boolean({
    char: 'v',
    helpGroup: 'common',
    description: 'say more on stderr, and show a stack trace with an error'
  })
}

/** Commands that talk to a cluster. */
export const everyCluster = {
  'bootstrap-server': string({
    char: 'b',
    helpGroup: 'cluster',
    helpValue: 'HOST:PORT,…',
    description: 'seed brokers; else KAFKA_BOOTSTRAP_SERVERS, else the profile, else localhost:9092'
  }),
  'command-config': string({
    char: 'F',
    helpGroup: 'cluster',
    helpValue: 'FILE',
    description: "a Java client's .properties file, or kcat's configuration"
  }),
  property: pair({
    char: 'X',
    helpGroup: 'cluster',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'one property of such a file, repeatable; wins over the file'
  }),
  profile: string({
    helpGroup: 'cluster',
    helpValue: 'PROFILE',
    description: 'a cluster of ~/.config/sluice/config.toml; else SLUICE_PROFILE'
  }),
  'connect-timeout': duration({
    helpGroup: 'cluster',
    description: 'how long to look for a broker that answers [default: 10s]'
  }),
  ...everyCommand
}

// What some commands share.

/** Where schemas are, for who reads or writes by them. */
export const schemaRegistry = {
  'schema-registry': string({
    helpGroup: 'cluster',
    helpValue: 'URL',
    description: 'where schemas are; else schema.registry.url of the properties, else SCHEMA_REGISTRY_URL'
  })
}

/** The forms of a report. */
export const reportFlags = {
  json: boolean({ description: 'the report as one JSON array', exclusive: ['format'] }),
  format: option({
    char: 'f',
    options: ['table', 'json', 'csv'] as const,
    description: 'the form of the report [default: table]'
  })()
}

export function reportFormat<F>({ json, format }: { json: boolean; format?: F | undefined }): F | 'json' | 'table' {
  return json ? 'json' : (format ?? 'table')
}

export const partition = custom<number[]>({
  char: 'p',
  helpValue: 'LIST',
  description: 'only these partitions, as in 0,3-5',
  parse: async (text) => (await import('./partitions.js')).parsePartitions(text)
})()

/** For commands that show what they would do before they do it. */
export const execute = boolean({ description: 'do it; without it, the plan is shown and nothing is changed' })

/** `TOPIC[:PARTITIONS]`, repeatable. */
export const topicPartitions = custom<TopicSelection>({
  helpValue: 'TOPIC[:0,1]',
  multiple: true,
  multipleNonGreedy: true,
  parse: async (text) => (await import('./topic-partitions.js')).parseTopicPartitions(text)
})

export const reset = option({
  options: ['earliest', 'latest', 'none'] as const,
  description: 'where to start without a committed offset or beyond the ends of a partition'
})()

export const isolation = option({
  options: ['committed', 'uncommitted'] as const,
  default: 'committed',
  description: 'whether records of open and aborted transactions are read'
})()

/** Between records and between key and value, in both directions. */
export const delimiters = {
  delimiter: bytes({
    char: 'D',
    description: "what ends a record: any bytes, \\n \\t \\xNN; '' for nothing",
    exclusive: ['null']
  }),
  null: boolean({ char: '0' as 'z', description: 'records end with NUL, as for xargs -0' }),
  'key-delimiter': bytes({ char: 'K', description: 'what stands between key and value' })
}

/** What ends a record, by the flags above: a newline if they say nothing. */
export function delimiterOf(flags: { delimiter?: Buffer | undefined; null?: boolean | undefined }): Buffer {
  return flags.null ? Buffer.from('\0') : (flags.delimiter ?? Buffer.from('\n'))
}

export const headers = pair({
  char: 'H',
  multiple: true,
  multipleNonGreedy: true,
  description: 'a header of every record, repeatable'
})

/** Partitions of a topic to create: undefined, 'default' (the broker's number) or a number. */
export const createTopic = custom<number | 'default', { optionalValue: boolean }>({
  helpValue: '[PARTITIONS]',
  parse: async (text) => (text === '' ? 'default' : (await import('./quantity.js')).parseCount(text, 1, 100_000))
})({
  optionalValue: true,
  description: 'create the topic if it does not exist; without =PARTITIONS, with as many as the broker likes'
})

export const parallelism = {
  parallelism: count({ min: 1, max: 10_000, description: 'into how many shares the partitions are divided' }),
  subtask: count({ max: 9_999, description: 'which of the shares is taken, from 0', dependsOn: ['parallelism'] })
}

/** When a part of a file is complete: `100MB`, `1h`, or `100MB,1h` for whatever comes first. */
export const roll = custom<{ size: number; age: number }>({
  helpValue: 'SIZE|TIME',
  parse: async (text) => (await import('./quantity.js')).parseRoll(text)
})

/** A regular expression that matches whole names of topics. */
export const topicPattern = custom<RegExp>({
  helpValue: 'REGEX',
  parse: async (text) => (await import('./topic-pattern.js')).parseTopicPattern(text)
})
