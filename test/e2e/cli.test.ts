// The program around its commands: what it says of itself, of mistakes and of its end. Needs no broker.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { bash, bin, finished, root, sluice, startSluice } from '../support/sluice.js'

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

describe('what it says of itself', () => {
  test.each([['--version'], ['-V']])('%s', async (flag) => {
    const line = `sluice ${version} ${process.platform}-${process.arch} node-${process.version}\n`
    expect(await sluice([flag])).toEqual({ code: 0, stdout: line, stderr: '' })
  })

  test.each([[['--help']], [['-h']], [[]], [['help']]])('%p is help, on stdout', async (args) => {
    const { code, stdout, stderr } = await sluice(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Move records between Kafka, .*COMMANDS\n.* {2}consume .*\n {2}produce .*\n {2}sandbox /s)
  })

  test.each([[['consume', '--help']], [['help', 'consume']], [['consume', 'orders', '-n', '5', '-h']]])(
    '%p is the help of a command',
    async (args) => {
      const { code, stdout, stderr } = await sluice(args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/USAGE\n {2}\$ sluice consume TOPIC.*--from=OFFSETS.*CLUSTER FLAGS.*EXAMPLES/s)
    }
  )

  test('the commands of a topic', async () => {
    const { code, stdout } = await sluice(['sandbox'])
    expect(code).toBe(0)
    expect(stdout).toContain('sandbox start')
  })
})

describe('wrong usage is one line on stderr and 2, before anything is touched', () => {
  test.each<[args: string[], line: string | RegExp]>([
    [['consum', 'orders'], "there is no command 'consum': did you mean sluice consume?"],
    [['xyzzy'], "there is no command 'xyzzy': see sluice --help"],
    [['sandbox', 'strt'], "there is no command 'sandbox strt': did you mean sluice sandbox start?"],
    [[''], "there is no command '': see sluice --help"],
    [['xyzzy', '--help'], "there is no command 'xyzzy': see sluice --help"],
    [['-b', 'x:1', 'consume'], 'there is no command before -b: write sluice COMMAND, then the flags'],
    [['consume', 'a', '--form', 'end'], 'there is no flag --form: did you mean --from?'],
    [['consume', 'a', '--xyzzy=hunter2'], 'there is no flag --xyzzy: see sluice consume --help'],
    [['consume', 'a', '-ey'], 'there is no flag -y: see sluice consume --help'],
    [['consume', 'a', '--from'], '--from needs a value: see sluice consume --help'],
    [['consume', 'a', '--from', '--exit'], '--from needs a value: see sluice consume --help'],
    [['consume', 'a', '-n', '1', '-n', '2'], '--max is given twice: give it once'],
    [['consume', 'a', '--reset', 'no'], "--reset does not take 'no': use one of earliest, latest, none"],
    [['consume', 'a', '-0', '-D', 'x'], '--delimiter and --null exclude each other: see sluice consume --help'],
    [['produce'], 'TOPIC is missing: see sluice produce --help'],
    [['produce', 'a', '--subtask', '1'], '--subtask needs --parallelism: see sluice produce --help'],
    [['consume', 'a', '--idle-exit', '5'], "--idle-exit: '5' is not a duration: say a unit, as in 5s or 5ms"],
    [['consume', 'a', '-p', '0-'], "--partition: '0-' is no list of partitions: write it as in 0,3-5"],
    [['consume', 'a', '-b', 'x:y'], "'x:y' is no bootstrap server: write HOST:PORT, or [::1]:9092 for IPv6"],
    [
      ['consume', 'a', '--profile', 'x'],
      /^cannot read .*config\.toml for the profile 'x': it does not exist: write it/
    ],
    [['consume', 'a', '-X', 'security.protocol=x'], /^-X: there is no security\.protocol 'x': use PLAINTEXT/]
  ])('%p', async (args, line) => {
    const { code, stdout, stderr } = await sluice(args, { env: { XDG_CONFIG_HOME: folder } })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^sluice: [^\n]*\n$/)
    const said = stderr.slice('sluice: '.length, -1)
    if (typeof line === 'string') expect(said).toBe(line)
    else expect(said).toMatch(line)
  })

  test.each(['foo', '@2024-02-30', '@-90', '0:', '9223372036854775808', '@1969-01-01', 's@5'])(
    '--from %s',
    async (text) => {
      const { code, stdout, stderr } = await sluice(['consume', 'a', '--from', text])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(/^sluice: --from: [^\n]*\n$/)
    }
  )

  test('what a terminal would obey is not sent to it', async () => {
    const { stderr } = await sluice(['consume', 'a', '--from', '\u001b[2J\nx'])
    expect(stderr).toBe(
      "sluice: --from: '\\x1b[2J x' is no offset: use group, earliest, latest, @TIME, N, -N, P:N,… or TOPIC:P:N,…\n"
    )
  })

  test('data on standard input is not taken for a topic', async () => {
    const { code, stderr } = await sluice(['produce'], { input: 'hello\n' })
    expect([code, stderr]).toEqual([2, 'sluice: TOPIC is missing: see sluice produce --help\n'])
  })

  test('--verbose shows where it came from, without secrets', async () => {
    const { stderr } = await sluice(['consume', 'a', '-v', '-X', 'sasl.password=hunter2'])
    expect(stderr).toMatch(/^sluice: -X: sasl\.password is given, but no security\.protocol.*\n.*UsageError.*\n +at /s)
    expect(stderr).not.toContain('hunter2')
  })
})

describe('values that begin with a dash', () => {
  // A broker that nobody can reach: what is refused before that is wrong usage, 2.
  const nowhere = ['-b', '127.0.0.1:1', '--connect-timeout', '2s', '-q']

  test.each([
    [['--from', '-3']],
    [['-o', '-3']],
    [['--from=-3', '-e']],
    [['--from', '@-90m']],
    [['-K', '-e-', '-D', '--']]
  ])('%p are taken', async (args) => {
    const { code, stderr } = await sluice(['consume', 'a', ...args, ...nowhere])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^sluice: .*127\.0\.0\.1:1.*\n$/)])
  })

  test('a time that is hardly meant is spoken of', async () => {
    const { stderr } = await sluice(['consume', 'a', '--from', '@1714557600', ...nowhere.slice(0, -1)])
    expect(stderr).toMatch(/^sluice: the time @1714557600 .* is in milliseconds: .*\n/)
  })
})

describe('the reader of stdout', () => {
  test('may go away', async () => {
    const { code, stdout, stderr } = await bash('sluice --help | head -1; echo ${PIPESTATUS[0]}')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Move records.*\n0\n$/)
  })

  test('may be gone before anything is said', async () => {
    const child = startSluice(['--version'])
    child.stdout!.destroy()
    expect(await finished(child)).toMatchObject({ code: 0, stderr: '' })
  })

  test('is told of a full disk', async () => {
    for (const flag of ['--version', '--help']) {
      const { code, stderr } = await bash(`sluice ${flag} > /dev/full`)
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^sluice: ENOSPC.*\n$/)])
    }
  })
})

test('a pipe that others share stays as it is: a blocking one', async () => {
  // The flags of the descriptor (octal) after sluice wrote to it; 4000 is O_NONBLOCK.
  const { stdout } = await bash('{ sluice consume --help; grep flags /proc/self/fdinfo/1; } | tail -1')
  const flags = Number.parseInt(/flags:\s+(\d+)/.exec(stdout)![1]!, 8)
  expect(flags & 0o4000).toBe(0)
})

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const)('%s while it waits for a broker that does not answer ends it with %d', async (signal, code) => {
    const { child, result } = await waiting()
    child.kill(signal)
    expect(await result).toEqual({ code, stdout: '', stderr: '' })
  })

  const second = existsSync('/proc/self/wchan') ? test : test.skip
  second('the second one ends it at once, though its output is blocked', async () => {
    const child = startSluice(['sandbox', 'status', '--json'], { stdout: fullPipe() })
    const result = finished(child)
    await until(() => isWriting(child.pid!))
    child.kill('SIGTERM')
    await until(() => !catches(child.pid!))
    child.kill('SIGTERM')
    expect((await result).code).toBeNull()
    expect(child.signalCode).toBe('SIGTERM')
  })

  /** A pipe that takes nothing more, for writing. */
  function fullPipe(): number {
    const path = join(folder, 'full')
    spawnSync('mkfifo', [path])
    const filling = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    try {
      for (;;) writeSync(filling, Buffer.alloc(4096))
    } catch {
      // EAGAIN: it is full. What fills it stays open, as its reader.
    }
    return openSync(path, 'w')
  }

  /** Whether a thread waits for room in a pipe: our signal handlers stand by then. */
  function isWriting(pid: number): boolean {
    const tasks = `/proc/${pid}/task`
    return readdirSync(tasks).some((task) => /pipe_write/.test(waitedFor(`${tasks}/${task}/wchan`)))
  }

  function waitedFor(file: string): string {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      // The thread is gone.
      return ''
    }
  }

  /** Whether the process has a handler for SIGTERM, which is signal 15. */
  function catches(pid: number): boolean {
    const [, mask = '0'] = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise(setImmediate)
  }

  /** A consume that is connected to somebody who says nothing. */
  async function waiting() {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const child = startSluice(['consume', 'a', '-b', `127.0.0.1:${port}`, '--connect-timeout', '60s'])
    const result = finished(child).finally(() => server.close())
    const [socket] = (await once(server, 'connection')) as [Socket]
    void result.finally(() => socket.destroy())
    return { child, result }
  }
})

test('NODE_ENV of a developer changes nothing', async () => {
  const { code, stderr } = await sluice(['consume', '--help'], { env: { NODE_ENV: 'development' } })
  expect([code, stderr]).toEqual([0, ''])
})

describe('what is loaded', () => {
  const trace = join(folder, 'trace.mjs')
  const hook = 'load: (url, context, next) => (process._rawDebug(url), next(url, context))'
  writeFileSync(trace, `import { registerHooks } from 'node:module'\nregisterHooks({ ${hook} })\n`)
  const loaded = async (...args: string[]): Promise<string> =>
    (await finished(spawn(process.execPath, ['--import', trace, bin, ...args]))).stderr
  const status = ['sandbox', 'status', '--data', join(folder, 'none')]

  test('by a command: not what help needs', async () => {
    const run = await loaded(...status)
    expect(run).toContain('/dist/commands/sandbox/status.js')
    expect(run).not.toMatch(/oclif.core.lib.(help|config|ux)\b.index/)
    expect(run).not.toContain('/dist/cli/help.js')
  })

  test('by help: no command, and nothing of oclif', async () => {
    const help = await loaded(...status, '--help')
    expect(help).toContain('/dist/cli/help.js')
    expect(help).not.toMatch(/oclif.core|dist.commands/)
  })

  test('by --version: next to nothing, and node:fs without its streams', async () => {
    const files = (await loaded('--version')).match(/(?<=\/dist\/).*\.js|node:fs/g)
    const cli = ['interrupt', 'node-fs', 'output', 'version'].map((name) => `cli/${name}.js`)
    expect(files!.sort()).toEqual([...cli, 'errors.js', 'main.js'])
  })
})

describe('an older Node', () => {
  const old = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((path) => join(path, 'node'))
    .find((node) => {
      const [major = 99, minor = 0] = (
        /^v(\d+)\.(\d+)/.exec(spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout ?? '') ?? []
      )
        .slice(1)
        .map(Number)
      return major < 22 || (major === 22 && minor < 15)
    })

  // Where there is none on this machine, the check is shown a lower version.
  test('is told so in one line', async () => {
    const pretence = join(folder, 'old.mjs')
    writeFileSync(pretence, "Object.defineProperty(process.versions, 'node', { value: '22.14.0' })\n")
    const child = old
      ? spawn(old, [bin, '--version'])
      : spawn(process.execPath, ['--import', pretence, bin, '--version'])
    expect(await finished(child)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^sluice: needs Node 22\.15 or newer \(this is v[\d.]+\): [^\n]*\n$/)
    })
  })
})
