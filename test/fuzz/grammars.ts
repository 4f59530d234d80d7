/** Everything that is written by people, each with what reads it: its damaged samples are the input of `texts.ts`. */
import type { Clusters } from '../../src/cli/clusters.js'
import { parseCommit } from '../../src/cli/commit.js'
import { parseCompression } from '../../src/cli/compression.js'
import { planSink, planSource } from '../../src/cli/endpoint-plan.js'
import { parseEndpointUri } from '../../src/cli/endpoint-uri.js'
import { parseBytes } from '../../src/cli/escapes.js'
import { parsePair } from '../../src/cli/flags.js'
import { parseListenAddress } from '../../src/cli/listen-address.js'
import { parseNames } from '../../src/cli/names.js'
import { parseShift } from '../../src/cli/offset-spec.js'
import { parseOnError } from '../../src/cli/on-error.js'
import { parsePartitions } from '../../src/cli/partitions.js'
import { parseSequence } from '../../src/cli/produce-plan.js'
import { parseProfiles, profileOf } from '../../src/cli/profile.js'
import { parseProperties } from '../../src/cli/properties.js'
import { parseCount, parseDuration, parseRate, parseRoll, parseSize } from '../../src/cli/quantity.js'
import { parseServers, readSettings } from '../../src/cli/settings.js'
import { parseTopicPartitions } from '../../src/cli/topic-partitions.js'
import { parseTopicPattern } from '../../src/cli/topic-pattern.js'
import { parseUntil } from '../../src/cli/until.js'
import { checkpointText, parseCheckpoint } from '../../src/flow/checkpoint.js'
import { Row } from '../../src/formats/fields.js'
import { compile } from '../../src/formats/kcat-string.js'
import { parsePattern } from '../../src/formats/pattern.js'
import { parseTimestamp } from '../../src/formats/timestamp.js'
import { UrlTemplate } from '../../src/formats/url-template.js'
import { FailedError } from '../../src/errors.js'
import { type FileRow, parseOffsets } from '../../src/jobs/offsets-file.js'
import type { OffsetSpec } from '../../src/kafka/offsets.js'

interface Grammar {
  samples: string[]
  /** Throws SluiceError alone. */
  parse: (text: string) => unknown
  /** Another text of the same. */
  again?: (parsed: never) => string
}

const NOW = 1_700_000_000_000

const settings = await readSettings({}, {})
const clusters: Clusters = {
  own: settings.settings,
  other: (flags) => readSettings({ ...flags }, {}).then((read) => read.settings)
}
const plan = { delivery: 'at-least-once' } as const

const javaProperties = `# comment\nbootstrap.servers=h1:9093, [::1]:9092\nsecurity.protocol: SASL_SSL\n! other
sasl.mechanism SCRAM-SHA-256\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\\n  username="a\\u0041" password='b\\'';
client.id=caf\\u00e9\nssl.endpoint.identification.algorithm=\nsession.timeout.ms=1000\n`
const kcatConfig =
  'metadata.broker.list=h:9092\nsecurity.protocol=sasl_plaintext\nsasl.mechanisms=PLAIN\nsasl.username=u\nsasl.password=p\\q=\n'
const toml = `[profile.prod]\nbootstrap.servers = "h:9093,i:9093"\nsecurity.protocol = 'SSL'\n"ssl.ca.location" = """ca"""\nlist = [1, 0x2f, 1e3, true, 1979-05-27T07:32:00Z, {a = 1}]\n[profile."a b"]\nx.y.z = -0.5\n[[profile.t]]\n`
const checkpoint = `{"kind": "sluice checkpoint", "version": 1, "cluster": "c", "group": null,
 "outputs": [{"file": "out", "length": 12}],
 "transactions": [{"cluster": null, "prefix": "p", "subtask": 0, "pending": {"transactionalId": "p-0", "producerId": 9007199254740993, "producerEpoch": 3}}, {"cluster": "x", "prefix": "q", "subtask": 1, "pending": null}],
 "positions": [{"topic": "t", "partition": 0, "offset": 9223372036854775807}, {"topic": "t", "partition": 1, "offset": 0}],
 "files": [{"file": "/a", "device": 1, "inode": 2, "birth": 3, "offset": 4, "line": 5, "size": 6}], "elements": 0}`

export const grammars: Record<string, Grammar> = {
  offsets: {
    samples: [
      'group',
      'earliest',
      '@-90m',
      '@2024-03-01T12:00:00.5+01:30',
      '@1700000000000',
      '-5',
      '17',
      '0:5,1:7',
      'orders:0:9223372036854775807',
      'watermark:-1h30m',
      'end'
    ],
    parse: (text) => parseUntil(text, NOW),
    again: offsetText
  },
  shift: { samples: ['100', '-100', '+9223372036854775807'], parse: parseShift },
  duration: { samples: ['500ms', '1h30m', '0', '1.5d', '2m'], parse: (text) => parseDuration(text) },
  size: { samples: ['100MB', '64k', '1MiB', '12', '0.5G'], parse: parseSize },
  roll: { samples: ['100MB,1h', '1m', '1M'], parse: parseRoll },
  rate: { samples: ['500/s', '0.5', '1000'], parse: parseRate },
  count: { samples: ['5', '-1', '9007199254740991'], parse: (text) => parseCount(text, -1) },
  commit: { samples: ['auto:5s', 'checkpoint', 'exit', 'none'], parse: parseCommit },
  compression: { samples: ['zstd:3', 'gzip:9', 'none', 'snappy'], parse: parseCompression },
  partitions: {
    samples: ['0,3-5', '7', '2147483647', '1-3,2-4'],
    parse: parsePartitions,
    again: (list) => String(list)
  },
  'topic and partitions': { samples: ['orders:0,3-5', 'orders'], parse: parseTopicPartitions },
  'topic pattern': { samples: ['orders-.*', '(a|b)+[x-z]{2,3}\\d', '\\p{L}'], parse: parseTopicPattern },
  grep: {
    samples: ['ERROR|FATAL', '(?i)error[^x-z]*\\d+', '\\x80\\xff', '(?<n>a)\\k<n>{2}', '^{"id":\\s*7}$'],
    parse: parsePattern
  },
  delimiter: { samples: ['\\n', '\\x00\\0NN', '::', '\\\\t'], parse: parseBytes },
  'format string': { samples: ['%t [%p] %o %k %s %T %h\\n', '%S%R%K%%\\x0a\\0', 'é%s'], parse: compile },
  names: { samples: ['key,value.user.id,timestamp', '"a,b",c', 'headers.x'], parse: parseNames },
  fields: {
    samples: ['key,value.user.id,timestamp', 'headers.a,value.0', 'topic'],
    parse: (text) => new Row({ fields: text.split(','), keyAs: 'json', valueAs: 'json' }).fields.map(({ name }) => name)
  },
  'name and value': { samples: ['name=value', 'a=b=c'], parse: parsePair },
  sequence: { samples: ['1:1000', '-5:5'], parse: parseSequence },
  servers: { samples: ['h:9092,[::1]:9093', 'SSL://h', '::1', '[fe80::1%eth0]:1'], parse: parseServers },
  listen: { samples: ['127.0.0.1:9308', '[::1]:0', ':9308', '9308'], parse: parseListenAddress },
  'on error': {
    samples: ['skip', 'dead-letter:bad.jsonl?mode=append', 'dead-letter:kafka://h/t'],
    parse: parseOnError
  },
  timestamp: { samples: ['1700000000000', '2023-11-14T22:13:20,5+01', '-1', '2024-02-30'], parse: parseTimestamp },
  'lookup url': {
    samples: ['http://h:1/users/{value.user.id}?at={timestamp}', 'https://u:p@h/{key}/é'],
    parse: (text) => new UrlTemplate(text).shown
  },
  source: {
    samples: [
      ...[
        'kafka:orders,b?from=earliest&until=end&partition=0-3',
        'kafka://h:9092/t?group=g&commit=auto:1s&key=k&grep=x',
        'out.csv?format=csv&columns=a,b&watch=10s'
      ],
      ...[
        '-?delimiter=%0a&key-delimiter=:',
        'elements:a,b,c',
        'sequence:1:5',
        'tcp://h:1?retries=5&delay=500ms',
        'unix:/tmp/x',
        'tcp-listen://[::1]:0?format=jsonl'
      ],
      ...[
        'kafka:t?value-as=avro&exit',
        'file:%25?key-field=a.b&timestamp-field=c&format=jsonl',
        'stdin:?tombstones=true'
      ]
    ],
    parse: (text) => planSource(parseEndpointUri(text), clusters, plan).then(() => null)
  },
  sink: {
    samples: [
      ...[
        'kafka:t?partitioner=field:a.b&compression=zstd:3&batch-bytes=64k&linger=5ms',
        'kafka://h:1/t?create-topic=3&acks=all&header=a=b',
        'out.csv?format=csv&fields=key,value&mode=append'
      ],
      ...[
        'out?roll=100MB,1h',
        'stdout:?prefix&format=%25s',
        'stderr:',
        'tcp://h:1?retries=-1',
        'unix-listen:/tmp/x?format=envelope',
        'kafka:t?value-as=avro&schema=a.avsc'
      ]
    ],
    parse: (text) => planSink(parseEndpointUri(text), clusters, plan).then(() => null)
  },
  properties: {
    samples: [javaProperties, kcatConfig],
    parse: (text) => [...parseProperties(text, 'client.properties').keys()]
  },
  'properties in use': {
    samples: [javaProperties, kcatConfig, 'schema.registry.url=http://h\nbasic.auth.user.info=a:b\n'],
    parse: (text) => {
      const property = [...parseProperties(text, '-X').values()].map(({ key, value }) => ({ name: key, value }))
      return readSettings({ property }, {}).then(() => null)
    }
  },
  profiles: {
    samples: [toml],
    parse: async (text) => [...profileOf(await parseProfiles(text, 'config.toml'), 'prod', 'config.toml').values()]
  },
  checkpoint: {
    samples: [checkpoint],
    // Written in another order than it may have been read in.
    parse: (text) => asFailed(() => checkpointText(parseCheckpoint(text))),
    again: (parsed: string) => parsed
  },
  'offsets file': {
    samples: [
      'orders,0,5\norders,1,9223372036854775807\n',
      'group,topic,partition,offset\r\ng,"t",0,1\n\n"a ""b",t,1,2\n'
    ],
    parse: (text) => parseOffsets(Buffer.from(text), 'plan.csv', null).map(({ line: _, ...row }) => row),
    again: (rows: Omit<FileRow, 'line'>[]) =>
      rows
        .map(
          ({ group, topic, partition, offset }) => `"${group.replaceAll('"', '""')}",${topic},${partition},${offset}\n`
        )
        .join('')
  }
}

function offsetText(spec: OffsetSpec | { kind: 'watermark'; timestamp: number }): string {
  switch (spec.kind) {
    case 'timestamp':
      return `@${spec.timestamp}`
    case 'watermark':
      return `watermark:${spec.timestamp}`
    case 'offset':
      return String(spec.offset)
    case 'last':
      return `-${spec.count}`
    case 'specific':
      return spec.offsets
        .map(({ topic, partition, offset }) => `${topic === null ? '' : `${topic}:`}${partition}:${offset}`)
        .join()
    default:
      return spec.kind
  }
}

/** `readCheckpoint` makes that of what is thrown, whatever it is: here it is to be an Error that says something. */
function asFailed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof TypeError || !(error instanceof Error)) throw error
    throw new FailedError(error.message)
  }
}
