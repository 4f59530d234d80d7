/**
 * A real schema registry: Apicurio's, which has Confluent's HTTP interface. Maven fetches it once (109 MB) into the cache
 * where Kafka's jars are. 3.0.9 is the newest that runs on Java 17. Its schemas are in memory.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheFolder } from '../../src/cli/sandbox.js'
import { freePorts } from './ports.js'

const VERSION = '3.0.9'
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`
/** Later ones want the artifact's parent as well, which was never published. */
const GET = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:get'

/** Milliseconds, on a busy machine. */
const PATIENCE = 120_000

export class SchemaRegistry {
  /** Its Confluent interface. */
  readonly url: string
  readonly #process: ChildProcess

  /** Resolves when it answers. */
  static async start(): Promise<SchemaRegistry> {
    const folder = fetched()
    const jar = readdirSync(folder).find((file) => file.endsWith('-runner.jar'))!
    const [port] = await freePorts(1)
    const java = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-Dquarkus.http.host=127.0.0.1']
    const started = spawn('java', [...java, `-Dquarkus.http.port=${port}`, '-jar', join(folder, jar)], {
      stdio: 'ignore'
    })
    const registry = new SchemaRegistry(started, `http://127.0.0.1:${port}/apis/ccompat/v7`)
    const limit = AbortSignal.timeout(PATIENCE)
    while (!(await registry.#answers())) {
      if (limit.aborted || started.exitCode !== null) throw new Error('the schema registry did not start')
      await sleep(100)
    }
    return registry
  }

  private constructor(started: ChildProcess, url: string) {
    this.#process = started
    this.url = url
  }

  stop(): void {
    this.#process.kill('SIGKILL')
  }

  /** Registers a schema as other programs do, and gives its id. */
  async register(subject: string, schema: object): Promise<number> {
    const { id } = (await this.ask('POST', `/subjects/${subject}/versions`, schema)) as { id: number }
    return id
  }

  async ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
    const response = await fetch(this.url + path, { method, headers, body: JSON.stringify(body) ?? null })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  async #answers(): Promise<boolean> {
    return fetch(`${this.url}/subjects`).then(
      ({ ok }) => ok,
      () => false
    )
  }
}

/** The folder that it is in. */
function fetched(): string {
  const cache = cacheFolder(process.env)
  const folder = join(cache, `apicurio-registry-${VERSION}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const own = mkdtempSync(`${folder}.`)
  try {
    const packed = join(own, 'packed.tar.gz')
    const maven = spawnSync('mvn', [
      '-q',
      '-B',
      GET,
      `-Dartifact=${ARTIFACT}`,
      '-Dtransitive=false',
      `-Ddest=${packed}`
    ])
    if (maven.status !== 0) throw new Error(`Maven cannot fetch ${ARTIFACT}: ${maven.stdout.toString()}`)
    execFileSync('tar', ['-xzf', packed, '-C', own])
    rmSync(packed)
    if (!existsSync(folder)) renameSync(own, folder)
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
  return folder
}
