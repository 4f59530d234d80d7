import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { ClusterCommand } from '../cli/command.js'
import { keeping } from '../cli/endpoint-flags.js'
import { byDefault, count, schemaRegistry } from '../cli/flags.js'
import { lookupFlags } from '../cli/lookup-flags.js'
import { planPipe } from '../cli/pipe-plan.js'

export default class Pipe extends ClusterCommand {
  static override summary = 'Move records from one endpoint to another.'

  static override description =
    'An endpoint is kafka:TOPIC, kafka://HOST:PORT/TOPIC for another cluster (with profile=NAME or command-config=FILE ' +
    'for properties of its own), a file (to read also a folder, or a pattern as in logs/*.csv), - for standard input or ' +
    'output, stdout:, stderr:, elements:A,B,C or sequence:1:1000. Its options are query parameters with the names of ' +
    'the flags of consume (topics as a source, text as a sink) and produce (text as a source, a topic as a sink), as in ' +
    "'kafka:orders?from=earliest&exit'. Between topics, keys, headers, timestamps and partitions are kept. " +
    'Files with watch=10s are looked at that often, for ever: new ones and appended lines are read, renamed ones gone on ' +
    'with. ' +
    'Sockets: tcp://HOST:PORT and unix:PATH connect (options: retries, delay, retry-connect), tcp-listen://HOST:PORT ' +
    'and unix-listen:PATH let any number of peers connect; as a sink, each gets every record. A sink waits for a peer ' +
    'that is away; what the system had already taken for one that breaks off may be lost with it. ' +
    'Other systems: postgres:, mysql:, sqlite:, redis:, amqp: (RabbitMQ), elasticsearch:, opensearch:, http:, https:, ' +
    'flume:, and a path that ends in .mjs, a module of your own; docs/guides/endpoints.md has their options.'

  static override usage = 'pipe SOURCE SINK [FLAGS]'

  static override args = {
    source: string({ description: 'where records come from', required: true }),
    sink: string({ description: 'where they go', required: true })
  }

  static override flags = {
    ...keeping,
    ...lookupFlags,
    delivery: option({
      options: ['at-least-once', 'exactly-once'] as const,
      default: 'at-least-once',
      description:
        'what a crash may do: repeat records, or nothing (with --checkpoint; topics are written in transactions)'
    })(),
    parallelism: count({
      min: 1,
      max: 256,
      description:
        'as so many pipes on threads of their own, which share partitions and files out; a file to write is then a ' +
        'folder with a file of each',
      ...byDefault(1, '1')
    }),
    ...schemaRegistry
  }

  static override examples = [
    {
      description: 'Copy a topic as it is now:',
      command: "<%= config.bin %> pipe 'kafka:orders?exit' 'kafka:orders-copy?create-topic=4'"
    },
    {
      description: 'Follow a topic into a file, exactly once, through crashes:',
      command: "<%= config.bin %> pipe kafka:orders 'orders.jsonl?format=jsonl' --checkpoint orders.checkpoint"
    },
    {
      description: 'The same into another topic, in transactions of a second:',
      command:
        '<%= config.bin %> pipe kafka:orders kafka:orders-copy --delivery exactly-once --checkpoint copy.checkpoint ' +
        '--checkpoint-interval 1s'
    },
    {
      description: 'From one cluster to another:',
      command: "<%= config.bin %> pipe 'kafka://old:9092/orders?group=move' kafka://new:9092/orders"
    },
    {
      description: 'Lines that any number of programs send, into a topic:',
      command: '<%= config.bin %> pipe tcp-listen://127.0.0.1:9000 kafka:events'
    },
    {
      description: 'Ask a service about the user of each order, 100 at a time, and put what it says into "lookup":',
      command:
        "<%= config.bin %> pipe kafka:orders kafka:orders-full --lookup 'http://127.0.0.1:8080/users/{value.user.id}'"
    }
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pipe)
    const plan = await planPipe({ ...args, flags }, await this.clusters(flags))
    const { summarized } = await import('../cli/summary.js')
    const notice = (line: string): void => this.notice(line)
    const verbose = (line: string): void => this.verbose(line)
    const isPrinted = plan.sink.kind === 'text' && typeof plan.sink.output === 'string'
    const progress = flags.progress ?? (isPrinted ? false : undefined)
    await summarized({ verb: 'pipe', progress, json: flags.json, verbose }, async (progress) => {
      const { parallelism } = flags
      if (parallelism === 1) {
        const { pipe } = await import('../jobs/pipe.js')
        return pipe({ ...plan, progress, notice, verbose }, this.signal)
      }
      const { piped } = await import('../cli/config-file.js')
      const { runSubtasks } = await import('../jobs/subtasks.js')
      const entry = new URL('../pipe-thread.js', import.meta.url)
      const given = { ...args, flags, piped }
      return runSubtasks({ parallelism, entry, plan, given, progress, notice, verbose }, this.signal)
    })
  }
}
