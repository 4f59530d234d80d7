// Completion as people meet it: the scripts for bash, zsh and fish in these shells, on a terminal, with Tab typed.
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, withAdmin } from '../support/broker.js'
import { until } from '../support/long-runs.js'
import { bash, sluice } from '../support/sluice.js'
import { isThere, type Shell, Terminal } from '../support/terminal.js'
import { Workdir } from '../support/workdir.js'

const work = new Workdir()
const group = `team:bil ling ${process.pid}`
let topic: string

beforeAll(async () => {
  topic = await createTopic({ name: 'completed.x_y' })
  await withAdmin((admin) => admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '0' }] }))
  work.write('file one.csv', '')
  work.write('two.csv', '')
  work.write('sub dir/three.csv', '')
}, 90_000)

describe.each<Shell>(['bash', 'zsh', 'fish'])('%s', (shell) => {
  const testInShell = isThere(shell) ? test : test.skip
  let terminal: Terminal

  testInShell('takes the script', async () => {
    terminal = await Terminal.open(shell, work.path, { KAFKA_BOOTSTRAP_SERVERS: bootstrap })
  })

  testInShell('completes commands, flags and the words that they take', async () => {
    expect(await terminal.completed('cons\t --topic-p\t x')).toEqual(['consume', '--topic-pattern', 'x'])
    expect(await terminal.completed('offsets res\tx --to ear\t')).toEqual(['offsets', 'reset', 'x', '--to', 'earliest'])
    expect(await terminal.completed('consume -f env\t')).toEqual(['consume', '-f', 'envelope'])
    expect(await terminal.completed('consume -fjs\t')).toEqual(['consume', '-fjsonl'])
    expect(await terminal.completed('produce x --compression=zs\t')).toEqual(['produce', 'x', '--compression=zstd'])
  })

  testInShell('completes topics, also behind a colon', async () => {
    await terminal.completes('consume completed.\t -e', ['consume', topic, '-e'])
    await terminal.completes('pipe kaf\tcompl\t', ['pipe', `kafka:${topic}`])
    const elsewhere = ['pipe', '-', '-b', '127.0.0.1:1']
    const uri = `kafka://${bootstrap}/`
    await terminal.completes(`${elsewhere.join(' ')} ${uri}compl\t`, [...elsewhere, `${uri}${topic}`])
  })

  testInShell('completes groups whatever their characters', async () => {
    const typed = group.slice(0, 8)
    for (const half of [typed, `'${typed}`]) {
      await terminal.completes(`lag ${half}\t`, ['lag', group])
    }
    await terminal.completes('consume -g team\t', ['consume', '-g', group])
  })

  testInShell('completes files where they are meant', async () => {
    expect(await terminal.completed('produce x fi\t')).toEqual(['produce', 'x', 'file one.csv'])
    expect(await terminal.completed('pipe file:fi\t')).toEqual(['pipe', 'file:file one.csv'])
    expect(await terminal.completed('consume --output=tw\t')).toEqual(['consume', '--output=two.csv'])
    const [, , , folder] = await terminal.completed('sandbox start --data su\t')
    expect(folder).toMatch(/^sub dir\/?$/)
    expect(await terminal.completed('consume -n tw\t')).toEqual(['consume', '-n', 'tw'])
  })

  testInShell('shows what there is to choose from', async () => {
    const shown = await terminal.listed('offsets ', ['list', 'show', 'reset', 'export', 'import', 'delete'])
    if (shell !== 'bash') expect(shown).toContain('Print the committed offsets of groups')
  })

  afterAll(() => terminal?.close())
})

describe('a cluster that is not there', () => {
  test.each([['127.0.0.1:1'], ['no.such.host.invalid:9092'], ['not an address']])('%s', async (server) => {
    expect(await sluice(['complete', 'zsh', '--', 'consume', '-b', server, ''])).toEqual(silence)
  })

  test('or does not answer is given up within two seconds', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const start = performance.now()
    const result = await sluice(['complete', 'fish', '--', 'lag', '-b', `127.0.0.1:${port}`, ''])
    server.close()
    expect(result).toEqual(silence)
    expect(performance.now() - start).toBeGreaterThan(1400)
  })
})

const silence = { code: 0, stdout: '', stderr: '' }

test('the flags that are there already say which cluster, and variables of the environment what stands in them', async () => {
  work.write('my client.properties', `bootstrap.servers=${bootstrap}\n`)
  const config = work.write('config.toml', `[profile.here]\n"bootstrap.servers" = "${bootstrap}"\n`)
  const env = { KAFKA_BOOTSTRAP_SERVERS: '', SLUICE_CONFIG: config, SERVER: bootstrap, HOME: work.path }
  for (const flags of [
    ['--bootstrap-server="${SERVER}"'],
    ['-F', '~/my\\ client.properties'],
    ['-X', `bootstrap.servers=${bootstrap}`],
    ['--profile', 'here']
  ]) {
    // It does not wait for long, and whoever sees nothing on a busy machine presses the key again.
    await until(async () => {
      const { stdout, stderr } = await sluice(['complete', 'zsh', '--', 'discover', ...flags, ''], { env })
      expect(stderr).toBe('')
      return stdout.includes(`${topic}\t1 partition\n`)
    })
  }
  const { stdout } = await sluice(['complete', 'zsh', '--', 'lag', '--profile', ''], { env })
  expect(stdout).toBe('here\t\n')
})

test('each script is free of what shellcheck and the shells themselves object to', async () => {
  const script = `for shell in bash zsh fish; do
    ! command -v $shell > /dev/null || sluice completion $shell | $shell -n || exit 1
  done
  ! command -v shellcheck > /dev/null || sluice completion bash | shellcheck -s bash -`
  expect(await bash(script)).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('another shell is wrong usage', async () => {
  const { code, stderr } = await sluice(['completion', 'tcsh'])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "sluice: there is no 'tcsh': use one of bash, zsh, fish\n"
  })
})
