// The examples of every command's help and man page do what they say they do: each is run as it stands, against a broker
// that one of them starts. Only names of hosts, ports and folders are replaced by those of this machine.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bash, finished, root, startBash, succeeded, waitFor } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

type Example = string | { command: string }

const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { examples?: Example[] }>
}
const examples = Object.entries(manifest.commands).flatMap(([id, { examples = [] }]) =>
  examples.map((example) => {
    const command = typeof example === 'string' ? example : example.command
    return [id, command.replaceAll('<%= config.bin %>', 'sluice').replaceAll(/ \\\n */g, ' ')] as const
  })
)

const workdir = new Workdir()
/** Anyone's user. */
const service = createServer((_, response) => response.end('{"plan":"gold"}'))
let bootstrap = ''

const startsBroker = 'export KAFKA_BOOTSTRAP_SERVERS=$(sluice sandbox start '
/** Covered by sandbox.test.ts: what takes the ports of this machine, or three brokers. */
const elsewhere = examples.filter(([id, command]) => id === 'sandbox:start' && !command.startsWith(startsBroker))

/** One that goes on for ever; with `-v` it says when it has begun. */
function follows([id, command]: readonly [string, string]): boolean {
  if (id === 'pipe') return !command.includes('exit')
  return /--(follow|watch|listen)\b/.test(command)
}

function here(command: string): string {
  return command
    .replace(/sluice sandbox \w+/, '$& --data broker')
    .replace(/(old|new):9092/g, bootstrap)
    .replace('--lookup ', '--lookup-timeout 60s --lookup ')
    .replace('127.0.0.1:8080', `127.0.0.1:${(service.address() as AddressInfo).port}`)
    .replace(/127\.0\.0\.1:(9308|9000)/, '127.0.0.1:0')
}

const run = (command: string): ReturnType<typeof bash> =>
  bash(command, { cwd: workdir.path, env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap } })

beforeAll(async () => {
  await once(service.listen(0, '127.0.0.1'), 'listening')
  const start = examples.find(([, command]) => command.startsWith(startsBroker))![1]
  const script = start.replace('sandbox start', 'sandbox start --quiet --port 0 --data broker')
  bootstrap = succeeded(await run(`${script}; echo $KAFKA_BOOTSTRAP_SERVERS`)).stdout.trim()
  workdir.write('client.properties', `bootstrap.servers=${bootstrap}\n`)
  workdir.write('orders.txt', '{"id":1,"user":{"id":"u1"},"amount":2.5}\n')
  workdir.write('orders.csv', 'id,amount\n1,2.5\n')
  workdir.write('plan.csv', 'orders,0,0\norders,1,0\n')
  const topics = ['orders=2', 'orders-old=1', 'orders-copy=2', 'orders-full=2', 'a=1', 'b=1', 'events=1']
  const created = topics.map((topic) => `sluice produce ${topic.replace('=', ' --create-topic=')} orders.txt`)
  const read = 'sluice consume orders orders-old -g billing --reset earliest -e > /dev/null'
  succeeded(await run([created.join(' & '), 'wait', read].join('\n')))
})

afterAll(async () => {
  service.close()
  await run('sluice sandbox stop --quiet --delete --data broker')
})

const inOrder = examples
  .filter((example) => !elsewhere.includes(example) && !example[1].startsWith(startsBroker))
  // What ends the group, and the broker, comes after what asks for it.
  .sort(([a], [b]) => rank(a) - rank(b))

function rank(id: string): number {
  return id === 'sandbox:stop' ? 2 : id === 'offsets:delete' ? 1 : 0
}

test('none is left out by mistake', () => {
  expect(elsewhere).toHaveLength(2)
  expect(inOrder.length).toBeGreaterThan(30)
})

inOrder.forEach((example) => {
  const [id, command] = example
  const shell = id === 'completion' ? /\b(bash|zsh|fish)\b/.exec(command)![0] : 'bash'
  const runOrSkip = spawnSync(shell, ['--version'], { stdio: 'ignore' }).error ? test.skip : test
  runOrSkip(`${command}`, async () => {
    if (!follows(example)) {
      const compinit = shell === 'zsh' ? 'autoload -Uz compinit; compinit -D; ' : ''
      const script = id === 'completion' ? `${shell} -c '${compinit}${command}'` : here(command)
      expect(succeeded(await run(script)).stderr).not.toMatch(/error|is not used/i)
      return
    }
    // The shell is this program: it gets the signal, as from Ctrl-C.
    const child = startBash(`exec ${here(command)} -v`, {
      cwd: workdir.path,
      env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
    })
    if (id === 'sandbox:logs') await waitFor(child.stdout, /\n/)
    else await waitFor(child.stderr, /sluice: (ready|listening)/)
    child.kill('SIGINT')
    expect((await finished(child)).code).toBe(130)
  })
})
