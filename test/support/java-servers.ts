/** Servers that are Maven artifacts, started for one test file. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from './ports.js'
import { jarsFolder } from './jars.js'
import { type Server, serverFolder, startServer } from './server.js'

const java = ['java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** What differs between two servers of one descent. */
const searches = {
  elasticsearch: {
    main: 'org.elasticsearch.bootstrap.Elasticsearch',
    transport: 'org.elasticsearch.transport.netty4.Netty4Plugin',
    prefix: 'es',
    version: '8.2.3'
  },
  opensearch: {
    main: 'org.opensearch.bootstrap.OpenSearch',
    transport: 'org.opensearch.transport.Netty4Plugin',
    prefix: 'opensearch',
    version: '2.19.1'
  }
}

/** Elasticsearch needs a Java compiler besides: `describeWith('default-jdk-headless')`. */
export async function startSearch(name: keyof typeof searches): Promise<Server> {
  const { main, transport, prefix, version } = searches[name]
  const folder = serverFolder(name)
  const [port, inner] = (await freePorts(2)) as [number, number]
  const jars = await jarsOf(name)
  const write = (path: string, lines: string[]): void => writeFileSync(join(folder, path), `${lines.join('\n')}\n`)
  const module = join(folder, 'modules', 'transport-netty4')
  for (const path of [module, join(folder, 'config'), join(folder, 'classes')]) mkdirSync(path, { recursive: true })
  write(`config/${name}.yml`, [
    ...[`http.port: ${port}`, `transport.port: ${inner}`, 'network.host: 127.0.0.1', 'discovery.type: single-node'],
    ...['cluster.name: test', 'cluster.routing.allocation.disk.threshold_enabled: false']
  ])
  write('config/log4j2.properties', [
    ...['appender.console.type = Console', 'appender.console.name = console', 'rootLogger.level = info'],
    ...['appender.console.layout.type = PatternLayout', 'rootLogger.appenderRef.console.ref = console']
  ])
  write('modules/transport-netty4/plugin-descriptor.properties', [
    ...['name=transport-netty4', 'description=HTTP', `classname=${transport}`, `version=${version}`],
    ...['java.version=11', `${name}.version=${version}`]
  ])
  write('modules/transport-netty4/plugin-security.policy', [
    'grant {',
    'permission java.net.SocketPermission "*", "accept,connect,listen,resolve";',
    'permission java.lang.RuntimePermission "setContextClassLoader";',
    'permission java.io.FilePermission "/proc/sys/net/core/somaxconn", "read";',
    '};'
  ])
  const ofModule = jars.filter((jar) => /\/(netty|transport)-/.test(jar))
  for (const jar of ofModule) copyFileSync(jar, join(module, jar.split('/').at(-1)!))
  const classes = [...jars.filter((jar) => !ofModule.includes(jar)), join(folder, 'classes')]
  if (name === 'elasticsearch') compileConsole(folder, classes)
  const options = [
    ...[...java, '-Xmx256m', '-Djava.security.manager=allow', '-Dlog4j2.disable.jmx=true'],
    // Without native methods it cannot see that it runs as root, which it would refuse.
    ...['-Djna.nosys=true', '-Djna.nounpack=true', '-Djna.boot.library.path=none'],
    ...[`-D${prefix}.path.home=${folder}`, `-D${prefix}.path.conf=${join(folder, 'config')}`],
    `-D${prefix}.distribution.type=tar`
  ]
  const command = [...options, '-cp', classes.join(':'), main]
  const asked = 'GET /_cluster/health HTTP/1.0\r\n\r\n'
  return startServer({ command, env: { LIBFFI_TMPDIR: folder }, folder, port, asked, answer: /^HTTP\S+ 200 / })
}

/** The class for a terminal's colours, which it cannot start without and is not among its artifacts: there are none. */
function compileConsole(folder: string, classes: string[]): void {
  mkdirSync(join(folder, 'lib', 'tools', 'ansi-console'), { recursive: true })
  const source = join(folder, 'AnsiConsoleLoader.java')
  writeFileSync(
    source,
    `package org.elasticsearch.io.ansi;
    public class AnsiConsoleLoader implements java.util.function.Supplier<Object> {
      public Object get() { return null; }
    }`
  )
  execFileSync('javac', ['-d', join(folder, 'classes'), '-cp', classes.join(':'), source])
}

/** Flume's agent `a` with a source that listens on `port`. @param config its properties; `folder` is there for its files */
export async function startFlume(port: number, config: (folder: string) => string): Promise<Server> {
  const folder = serverFolder('flume')
  writeFileSync(join(folder, 'flume.conf'), config(folder))
  const classes = (await jarsOf('flume')).join(':')
  const args = ['-n', 'a', '-f', join(folder, 'flume.conf'), '--no-reload-conf']
  const command = [...java, '-Xmx64m', '-cp', classes, 'org.apache.flume.node.Application', ...args]
  return startServer({ command, folder, port, asked: '', answer: /^/ })
}

async function jarsOf(name: string): Promise<string[]> {
  const folder = await jarsFolder(name)
  return readdirSync(folder).map((jar) => join(folder, jar))
}
