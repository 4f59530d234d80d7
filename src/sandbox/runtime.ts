/**
 * What a broker runs on: the machine's Java with Kafka's jars or, where that cannot be had, Docker with Kafka's image.
 * Both use the same folder and the same server.properties, and give processes that end on SIGTERM.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { classArchive } from './class-archive.js'
import { clusterIdOf } from './cluster-id.js'
import { FailedError } from '../errors.js'
import { findJars, templates, type JarsOptions } from './jars.js'
import { run } from './program.js'
import { brokerFolder, dockerLog, logFile, type Broker } from './state.js'
import { needsZooKeeper, prepareZooKeeper } from './zookeeper.js'

/** A program that runs one broker or several of them, or ZooKeeper for them. */
export interface Launch {
  program: string
  args: string[]
  /** Where its stdout and stderr go. */
  log: string
  /** The logs of the brokers that it runs; ZooKeeper runs none. */
  brokerLogs: string[]
  /** The archive of classes that it leaves when it ends in order; most leave none. */
  archive?: string
}

export interface Runtime {
  name: 'java' | 'docker'
  bind: string
  /**
   * Prepares the brokers' data folders and says what is to be started; their server.properties are there already.
   */
  prepare(folder: string, brokers: readonly Broker[], ports: Ports, signal?: AbortSignal): Promise<Launch[]>
}

export interface Ports {
  /** Those that are to be reached from here. */
  outer: readonly number[]
  /** ZooKeeper's, where it is needed. */
  zooKeeper: number
}

export interface RuntimeOptions extends JarsOptions {
  /** Java's home; without it `java` is looked for in PATH. */
  javaHome: string | undefined
  /** Whether clients use TLS. */
  secure: boolean
}

/**
 * Measured on 2 cores: with these a broker needs 3.5 s of CPU until it is ready (5.3 s by default), and takes 4 M
 * records in 2.3 s of CPU (5–6 s: a request of 1 MB is a "humongous object" for G1). The second compiler gains nothing,
 * but for TLS: with it AES is done by the processor, and a topic of 100 MB read in a fifth of the time. By higher
 * thresholds it leaves the start alone.
 */
const jvmFor = ({ secure }: RuntimeOptions): string[] => [
  ...(secure ? lateSecondCompiler : ['-XX:TieredStopAtLevel=1']),
  ...['-XX:+UseParallelGC', '-Djava.awt.headless=true']
]
/** Ten times the defaults. */
const lateSecondCompiler = [
  ...['-XX:Tier4InvocationThreshold=50000', '-XX:Tier4MinInvocationThreshold=6000'],
  ...['-XX:Tier4CompileThreshold=150000', '-XX:Tier4BackEdgeThreshold=400000']
]
const heap = '-Xmx512m'

export async function findRuntime(options: RuntimeOptions): Promise<Runtime> {
  const java = await findJava(options)
  const jars = java && (await findJars(options))
  if (java && jars) return javaRuntime(java, jars, options)
  if (await hasDocker(options.signal)) return dockerRuntime(options)
  throw new FailedError(
    java ? 'the sandbox needs Maven, once, to fetch Kafka' : 'the sandbox needs Java 17 or newer',
    'install a Java runtime and Maven (Debian: default-jre-headless maven; Homebrew: openjdk maven), or start Docker'
  )
}

export interface Java {
  program: string
  /** What it says of itself. */
  version: string
}

/** A Java that can run Kafka 4. */
export async function findJava({
  javaHome,
  signal
}: Pick<RuntimeOptions, 'javaHome' | 'signal'>): Promise<Java | undefined> {
  const program = javaHome ? join(javaHome, 'bin', 'java') : 'java'
  const { output: version } = (await run(program, ['-version'], signal)) ?? { output: '' }
  const major = Number(/version "(\d+)/.exec(version)?.[1] ?? 0)
  return major >= 17 ? { program, version } : undefined
}

export async function hasDocker(signal?: AbortSignal): Promise<boolean> {
  const shown = await run('docker', ['version', '--format', '{{.Server.Version}}'], signal)
  return shown?.code === 0
}

function javaRuntime({ program, version }: Java, jars: string, options: RuntimeOptions): Runtime {
  const jvm = jvmFor(options)
  return {
    name: 'java',
    bind: '127.0.0.1',
    async prepare(folder, brokers, { zooKeeper }, signal) {
      const classpath = ['-cp', join(jars, '*'), ...(await loggerFlags())]
      const { use, make } = classArchive(jars, version, folder)
      const propertiesOf = (id: number): string => join(brokerFolder(folder, id), 'server.properties')
      const launches = brokers.map(({ id }, i): Launch => {
        const log = logFile(folder, id)
        const maker = i === 0 ? make : undefined
        const flags = [heap, ...jvm, ...(maker?.flags ?? use), ...classpath]
        const launch = { program, args: [...flags, 'kafka.Kafka', propertiesOf(id)], log, brokerLogs: [log] }
        return maker ? { ...launch, archive: maker.file } : launch
      })
      if (needsZooKeeper(options.version)) {
        const { args, log } = await prepareZooKeeper(folder, zooKeeper)
        return [{ program, args: [...jvm, ...classpath, ...args], log, brokerLogs: [] }, ...launches]
      }
      const clusterId = await clusterIdOf(folder, brokers)
      const format = async ({ id }: Broker): Promise<void> => {
        const args = [
          'kafka.tools.StorageTool',
          'format',
          '--ignore-formatted',
          '-t',
          clusterId,
          '-c',
          propertiesOf(id)
        ]
        const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...use, ...classpath]
        const tool = await run(program, [...flags, ...args], signal)
        if (tool?.code !== 0) {
          throw new FailedError(`Kafka cannot be set up in ${folder} (${causeIn(tool?.output ?? '')})`)
        }
      }
      await Promise.all(brokers.map(format))
      return launches
    }
  }
}

/** As properties of the JVM: a folder on the classpath would keep newer JVMs from using an archive of classes. */
async function loggerFlags(): Promise<string[]> {
  const lines = (await readFile(join(templates, 'simplelogger.properties'), 'utf8')).split('\n')
  return lines.filter((line) => /^\w/.test(line)).map((line) => `-D${line}`)
}

/**
 * All brokers in one container, so that they reach each other at the addresses that they have outside of it. Docker's
 * client stays, as a process that hands SIGTERM on.
 */
function dockerRuntime(options: RuntimeOptions): Runtime {
  const { version, notice } = options
  const image = `apache/kafka:${version}`
  return {
    name: 'docker',
    bind: '0.0.0.0',
    async prepare(folder, brokers, { outer }, signal) {
      await removeContainer(brokers)
      if ((await run('docker', ['image', 'inspect', image], signal))?.code !== 0) {
        notice(`fetching Docker's ${image}`)
        const pull = await run('docker', ['pull', '-q', image], signal)
        if (pull?.code !== 0) {
          throw new FailedError(`Docker cannot fetch ${image} (${causeIn(pull?.output ?? '')})`, 'check the version')
        }
      }
      const { uid, gid } = userInfo()
      const args = [
        ...['run', '--rm', '--name', containerOf(brokers), '--user', `${uid}:${gid}`, '-v', `${folder}:${folder}`],
        ...outer.flatMap((port) => ['-p', `127.0.0.1:${port}:${port}`]),
        ...[
          '-e',
          `KAFKA_HEAP_OPTS=${heap}`,
          '-e',
          `KAFKA_JVM_PERFORMANCE_OPTS=${jvmFor(options).join(' ')}`,
          '-e',
          'LOG_DIR=/tmp'
        ],
        ...['--entrypoint', '/bin/bash', image, '-c', inContainer, await clusterIdOf(folder, brokers)],
        ...brokers.map(({ id }) => brokerFolder(folder, id))
      ]
      const brokerLogs = brokers.map(({ id }) => logFile(folder, id))
      return [{ program: 'docker', args, log: dockerLog(folder), brokerLogs }]
    }
  }
}

/** Bash: formats and starts a broker for each folder that it is given, ends them on SIGTERM and waits for them. Its name, $0, is the cluster id. */
const inContainer = `
trap 'kill $(jobs -p); wait' TERM INT
for folder; do (
  cd /opt/kafka/bin && exec > "$folder/broker.log" 2>&1 &&
  ./kafka-storage.sh format --ignore-formatted -t "$0" -c "$folder/server.properties" &&
  exec ./kafka-server-start.sh "$folder/server.properties"
) & done
wait`

const containerOf = (brokers: readonly Broker[]): string => `sluice-sandbox-${brokers[0]!.port}`

/** Also after a client that was killed: its container goes on without it. */
export async function removeContainer(brokers: readonly Broker[]): Promise<void> {
  await run('docker', ['rm', '-f', containerOf(brokers)])
}

/** The one line of a broker's or a tool's output that says what went wrong, without time, thread and package. */
export function causeIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const said = (pattern: RegExp): string | undefined => lines.findLast((line) => pattern.test(line))
  const line =
    // An exception with a message, of whatever depth: the innermost has none at times.
    said(/^(Caused by: |Exception in thread "[^"]*" )?[\w.$]+(Exception|Error): ./) ??
    said(/\b(ERROR|FATAL)\b/) ??
    said(/./)
  return (
    line?.replace(/^(Caused by: |Exception in thread "[^"]*" )?([\w$]+\.)+(?=[\w$]+: )|^[\d-]+ [\d:,]+ /, '') ??
    'it said nothing'
  )
}
