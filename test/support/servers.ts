/**
 * The servers that Debian packages, started for one test file. scripts/test.mjs installs the packages where it can.
 * Their settings spare disk and time; what they have confirmed outlives their end, but not the machine's.
 */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '@jest/globals'
import { freePorts } from './ports.js'
import { type Server, serverFolder, startServer } from './server.js'
import { root } from './sluice.js'
import { type TlsFiles, writeTlsFiles } from './tls-files.js'

/** By package, what is there once it is installed. */
const packages = JSON.parse(readFileSync(join(root, 'test', 'support', 'packages.json'), 'utf8')) as Record<
  'redis-server' | 'rabbitmq-server' | 'mariadb-server-core' | 'postgresql' | 'default-jdk-headless',
  string
>

/** `describeWith('redis-server')('name', …)`: left out, with a word, where the package is missing. */
export function describeWith(name: keyof typeof packages): typeof describe | typeof describe.skip {
  if (existsSync(packages[name])) return describe
  return ((what: string, tests: () => void) => describe.skip(`${what} (there is no ${name})`, tests)) as typeof describe
}

/** One that TLS is spoken with, too. */
export type TlsServer = Server & { tls: TlsFiles & { port: number } }

/**
 * On its port for TLS, it wants a certificate of clients.
 * @param settings `name value` pairs for its command line, such as `--maxmemory`, `10mb`
 */
export async function startRedis(...settings: string[]): Promise<TlsServer> {
  const folder = serverFolder('redis')
  const [port, tlsPort] = (await freePorts(2)) as [number, number]
  const tls = writeTlsFiles(folder)
  const files = ['--tls-ca-cert-file', tls.authority, '--tls-cert-file', tls.identity, '--tls-key-file', tls.identity]
  const secured = ['--tls-port', `${tlsPort}`, '--tls-auth-clients', 'yes', ...files]
  const own = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder, '--save', '']
  // Where the disk is slow, `everysec` loses of what it has acknowledged, up to two seconds.
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always']
  const command = [packages['redis-server'], ...own, ...durable, ...secured, ...settings]
  const server = await startServer({ command, folder, port, asked: 'PING\r\n', answer: /^[+]PONG/ })
  return { ...server, tls: { ...tls, port: tlsPort } }
}

/** The user `guest`, password `guest`. On its port for TLS, it wants a certificate of clients. */
export async function startRabbitMq(): Promise<TlsServer> {
  const folder = serverFolder('rabbitmq')
  const [port, tlsPort, distribution, names] = (await freePorts(4)) as [number, number, number, number]
  const tls = writeTlsFiles(folder)
  const settings = {
    'listeners.ssl.1': `127.0.0.1:${tlsPort}`,
    'ssl_options.cacertfile': tls.authority,
    'ssl_options.certfile': tls.identity,
    'ssl_options.keyfile': tls.identity,
    'ssl_options.verify': 'verify_peer',
    'ssl_options.fail_if_no_peer_cert': 'true'
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`)
  writeFileSync(join(folder, 'rabbitmq.conf'), lines.join(''))
  const env = {
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${names}`,
    RABBITMQ_NODENAME: 'rabbit@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_DIST_PORT: `${distribution}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'none')
  }
  // The names' server is told apart here, since it would leave the folder when RabbitMQ starts it.
  const command = ['sh', '-c', `epmd & exec ${packages['rabbitmq-server']}`]
  const server = await startServer({ command, env, folder, port, asked: 'AMQP\0\0\x09\x01', answer: /RabbitMQ/ })
  return { ...server, tls: { ...tls, port: tlsPort } }
}

/** The user `root` without a password, the database `test`. */
export async function startMariaDb(...settings: string[]): Promise<TlsServer> {
  const folder = serverFolder('mariadb')
  const [port] = (await freePorts(1)) as [number]
  const spare = ['--innodb-log-file-size=8M', '--innodb-flush-log-at-trx-commit=2']
  const own = ['--no-defaults', `--datadir=${folder}`, ...spare]
  if (process.getuid!() === 0) own.push('--user=root')
  // What mariadb-install-db does, which is in a package with much else.
  const sql = ['mysql_system_tables', 'mysql_system_tables_data'].map((name) =>
    readFileSync(`/usr/share/mysql/${name}.sql`, 'utf8')
  )
  const input = [
    'create database mysql;',
    'use mysql;',
    'set @auth_root_socket = null;',
    ...sql,
    'create database test;'
  ]
  const { status, stderr } = spawnSync(packages['mariadb-server-core'], [...own, '--bootstrap'], {
    input: input.join('\n'),
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`no tables for MariaDB: ${stderr}`)
  const tls = writeTlsFiles(folder)
  const command = [packages['mariadb-server-core'], ...own, ...settings]
  command.push(
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--socket=${join(folder, 'socket')}`,
    '--skip-name-resolve',
    ...[`--ssl-ca=${tls.authority}`, `--ssl-cert=${tls.identity}`, `--ssl-key=${tls.identity}`]
  )
  const server = await startServer({ command, folder, port, asked: '', answer: /^...\0\n/s })
  return { ...server, tls: { ...tls, port } }
}

/** The user `postgres` without a password, the database `postgres`; a user `secured` is to have TLS and a certificate. */
export async function startPostgres(...settings: string[]): Promise<TlsServer> {
  const folder = serverFolder('postgres')
  const [port] = (await freePorts(1)) as [number]
  const bin = join(packages.postgresql, readdirSync(packages.postgresql).sort().at(-1)!, 'bin')
  // It refuses to run as root: then it is Debian's `nobody`.
  const owner = process.getuid!() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const init = [...['--pgdata', data, '--username', 'postgres', '--auth', 'trust'], '--encoding=UTF8', '--no-locale']
  const { status, stderr } = spawnSync(join(bin, 'initdb'), [...init, '--no-sync', '--no-instructions'], {
    ...{ cwd: folder, encoding: 'utf8', ...owner }
  })
  if (status !== 0) throw new Error(`no database of PostgreSQL: ${stderr}`)
  const tls = writeTlsFiles(folder, owner)
  const rules = ['hostssl all secured all trust clientcert=verify-ca', 'host all secured all reject']
  const access = join(data, 'pg_hba.conf')
  writeFileSync(access, `${rules.join('\n')}\n${readFileSync(access, 'utf8')}`)
  const files = [`ssl_ca_file=${tls.authority}`, `ssl_cert_file=${tls.identity}`, `ssl_key_file=${tls.identity}`]
  const own = [
    'ssl=on',
    ...files,
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'fsync=off'
  ]
  const command = [join(bin, 'postgres'), '-D', data, ...[...own, ...settings].flatMap((setting) => ['-c', setting])]
  const login = 'user\0postgres\0database\0postgres\0\0'
  const asked = Buffer.alloc(8 + login.length)
  asked.writeInt32BE(asked.length)
  asked.writeInt32BE(3 << 16, 4)
  asked.write(login, 8)
  const server = await startServer({ command, owner, folder, port, asked, answer: /^R/ })
  return { ...server, tls: { ...tls, port } }
}
