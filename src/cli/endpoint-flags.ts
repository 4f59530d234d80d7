/**
 * What can be said of an endpoint: flags of `consume` and `produce`, and under the same names the options of `pipe`'s
 * endpoints. Four sets: topics as a source, a topic as a sink, and text in both directions.
 */
import { boolean, custom, option, string } from '@oclif/core/flags'
import {
  byDefault,
  commit,
  compression,
  count,
  createTopic,
  delimiters,
  duration,
  headers,
  isolation,
  names,
  offsets,
  parallelism,
  partition,
  rate,
  reset,
  roll,
  size,
  until
} from './flags.js'
import { type OnErrorFlag, parseOnError } from './on-error.js'

/** Topics to read. */
export const topicSource = {
  from: offsets({ char: 'o', description: 'where to start [default: earliest; with a group: group]' }),
  partition,
  until: until({ description: 'where to end, exclusive: end is as of now' }),
  exit: boolean({ char: 'e', description: 'end at the end as of now: --until end', exclusive: ['until'] }),
  max: count({ char: 'n', description: 'end after so many records' }),
  'idle-exit': duration({ description: 'end when there was no record for so long' }),
  key: string({
    char: 'k',
    description:
      'only records with this key, read as --key-as says, from the one partition that Java clients give it; where ' +
      'another program wrote (kcat, say), name its partition with -p'
  }),
  grep: string({
    helpValue: 'REGEX',
    description: "only records whose value matches, as in 'ERROR|FATAL' or (?i)error; \\xNN from 80 on is a byte"
  }),
  reset,
  isolation,
  group: string({
    char: 'g',
    helpValue: 'GROUP',
    description: 'share the partitions with the other members of this group, and commit what was read'
  }),
  assign: boolean({ description: 'take all partitions without joining the group, which only keeps the offsets' }),
  commit: commit({ description: 'when [default: auto:5s; with --checkpoint: checkpoint]' }),
  discover: duration({
    description: 'look for new partitions and topics so often, 0 for never [default: 5m; with an end: 0]'
  }),
  'event-time': string({ helpValue: 'FIELD', description: 'the field with the time of a record [default: timestamp]' }),
  'max-out-of-orderness': duration({ description: 'how much later than others a record may come [default: 0s]' }),
  'idle-partition': duration({ description: 'a partition without a record for so long holds no watermark back' }),
  ...parallelism
}

export const checkpoint = string({
  helpValue: 'FILE',
  description: 'keep how far it is in FILE, and go on from there if it exists'
})
export const checkpointInterval = duration({ description: 'time between two checkpoints [default: 10s]' })

export const summaryAsJson = boolean({ description: 'say at the end on stderr what was done, as one JSON object' })
export const progress = boolean({
  description: 'show progress on stderr [default: when it is a terminal]',
  allowNo: true
})

/** How far it got, what becomes of bad records, and what is said of both. */
export const keeping = {
  checkpoint,
  'checkpoint-interval': checkpointInterval,
  'on-error': custom<OnErrorFlag>({
    helpValue: 'fail|skip|dead-letter:SINK',
    default: 'fail',
    description:
      'what becomes of a record that cannot be parsed, decoded or taken by the sink: it ends the run, is left out, or goes ' +
      'to another endpoint (a file gets lines in the format envelope, added to what is there; a topic the record with ' +
      'headers that say why) [default: fail]',
    defaultHelp: () => Promise.resolve(undefined as never),
    parse: parseOnError
  })(),
  json: summaryAsJson,
  progress
}

/** What a schema of the registry describes. */
const schemaTypes = 'avro|protobuf|json-schema'

/** What keys and values can be, in both directions. */
const types = `string|json|hex|base64|int32|int64|float64|uuid|${schemaTypes}`

/** Such topics, where the text that comes out of them has its own `key-as` and `value-as`. */
export const pipedSource = {
  ...topicSource,
  'key-as': string({
    helpValue: types,
    default: 'string',
    description: 'what keys are, and the text of key is encoded as'
  }),
  'value-as': string({ helpValue: schemaTypes, default: 'string', description: 'what values are' })
}

/** Records as text, going out. */
export const textSink = {
  format: string({
    char: 'f',
    default: 'value',
    helpValue: 'value|jsonl|csv|tsv|envelope|hexdump|STRING',
    description: "how a record is written: STRING is a format string as in '%t %p %o %k %s\\n'"
  }),
  fields: names({ description: 'columns of csv, tsv and jsonl, as in key,value.user.id,timestamp' }),
  'no-header': boolean({ description: 'csv and tsv without their header line' }),
  'key-as': string({ helpValue: types, default: 'string', description: 'how keys are read' }),
  'value-as': string({ helpValue: types, default: 'string', description: 'how values are read' }),
  ...delimiters
}

/** Such text on a terminal. */
export const printSink = {
  ...textSink,
  prefix: boolean({ description: 'the number of the subtask before each record, where there are several' })
}

/** Such text in a file. */
export const fileSink = {
  ...textSink,
  mode: option({
    options: ['fail', 'overwrite', 'append'] as const,
    default: 'fail',
    description: 'what becomes of a file that is there already'
  })(),
  roll: roll({ description: 'in parts of so many bytes, or of so long, as in 100MB, 1h or 100MB,1h' })
}

/** Text that becomes records. */
export const textSource = {
  format: string({
    char: 'f',
    default: 'lines',
    options: ['lines', 'jsonl', 'csv', 'tsv', 'envelope', 'length-prefixed', 'file'],
    description: 'what the input is'
  }),
  ...delimiters,
  tombstones: boolean({ char: 'Z', description: 'an empty value is a tombstone (null)' }),
  'key-field': string({ helpValue: 'FIELD', description: 'the field or column that is the key' }),
  'value-field': string({ helpValue: 'FIELD', description: 'the field or column that is the value' }),
  'timestamp-field': string({
    helpValue: 'FIELD',
    description: 'the field or column with the timestamp (ms or ISO 8601)'
  }),
  'key-as': string({ helpValue: types, default: 'string', description: 'what text keys are encoded as' }),
  'value-as': string({ helpValue: types, default: 'string', description: 'what text values are encoded as' }),
  columns: names({ description: 'names of the columns of csv and tsv, which then have no header line' })
}

/** Such text in files. */
export const fileSource = {
  ...textSource,
  watch: duration({ description: 'look so often for new files, and for what is appended to those known; never end' })
}

/** A connection that we make, and make again. */
const socketClient = {
  delay: duration({ description: 'time between two attempts to connect', ...byDefault(500, '500ms') }),
  'retry-connect': boolean({ description: 'wait for a peer that is not there yet' })
}

export const socketSource = {
  ...textSource,
  ...socketClient,
  retries: count({
    min: -1,
    default: 0,
    description: 'how many connections the peer may end before that is the end, -1 for any number'
  })
}

export const socketSink = {
  ...textSink,
  ...socketClient,
  retries: count({
    min: -1,
    default: -1,
    description: 'how often to connect again while the peer is away, -1 for ever'
  })
}

/** What keys and values of a topic are written by. */
export const schemas = {
  schema: string({
    helpValue: 'FILE|SUBJECT[:VERSION]',
    description:
      'the schema of values: a file (.avsc, .proto, .json), which is registered as TOPIC-value if it is not there, or a ' +
      'subject of the registry; with #NAME a message of a .proto that is not the first [default: the latest of TOPIC-value]'
  }),
  'key-schema': string({
    helpValue: 'FILE|SUBJECT[:VERSION]',
    description: 'the schema of keys [default: the latest of TOPIC-key]'
  })
}

/** A topic to write to. */
export const topicSink = {
  key: string({ char: 'k', description: 'the key of records that have none' }),
  header: headers,
  partition: count({ char: 'p', description: 'write all records to this partition' }),
  partitioner: string({
    default: 'default',
    helpValue: 'default|round-robin|fixed|keep|N|field:NAME',
    description:
      'default (by key as Java clients do; without a key, batches in turn), round-robin, fixed (subtask % partitions), ' +
      'keep (the partition of an envelope), N, or field:NAME (by a field of a JSON value as if it were the key)'
  }),
  ...parallelism,
  acks: custom<-1 | 0 | 1>({
    options: ['all', '1', '0'],
    description: 'who acknowledges: all in-sync replicas (default), the leader, or nobody',
    parse: (value) => Promise.resolve(value === 'all' ? -1 : value === '1' ? 1 : 0)
  })(),
  compression: compression({
    char: 'z',
    description: 'how batches are compressed, with a level as in zstd:3',
    ...byDefault({ codec: 'none' as const, level: undefined }, 'none')
  }),
  'batch-bytes': size({ description: 'the largest batch [default: 1m, or what the topic takes]' }),
  linger: duration({ description: 'how long a batch waits for more on a slow input', ...byDefault(5, '5ms') }),
  rate: rate({ description: 'at most so many records a second' }),
  'create-topic': createTopic,
  'transactional-id': string({
    helpValue: 'ID',
    description: 'what the ids of transactions begin with [default: one that the checkpoint keeps]'
  }),
  'log-failures-only': boolean({ description: 'report and count records that could not be written, and end well' })
}

/** A topic as a sink of a pipe. */
export const pipedSink = {
  ...topicSink,
  ...schemas,
  'key-as': string({ helpValue: schemaTypes, default: 'string', description: 'what keys are encoded as' }),
  'value-as': string({ helpValue: schemaTypes, default: 'string', description: 'what values are encoded as' })
}
