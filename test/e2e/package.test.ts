// What users install is what is tested here: the packed tarball, installed globally as npm does it, every command of it run
// from there, on the newest Node that is supported and on the oldest.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, uniqueName } from '../support/broker.js'
import { bash, type Result, root, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const oldest = '22.15.0'
const workdir = new Workdir()
const prefix = workdir.join('global')
const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  engines: { node: string }
  man: string[]
}
const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, unknown>
}

beforeAll(() => {
  // Not its scripts: they would build dist anew, which other tests are running.
  npm('pack', '--ignore-scripts', '--pack-destination', workdir.path)
  const [tarball] = readdirSync(workdir.path).filter((name) => name.endsWith('.tgz'))
  npm('install', '--global', '--prefix', prefix, workdir.join(tarball!))
  const cache = join(root, '.cache', `node-${oldest}`)
  if (!existsSync(nodeOf(oldest))) {
    mkdirSync(cache, { recursive: true })
    npm('install', '--no-save', '--prefix', cache, `node@${oldest}`)
  }
}, 180_000)

function npm(...args: string[]): void {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', [...args, ...quiet], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
}

function nodeOf(version: string): string {
  const folder = version === oldest ? join(root, '.cache', `node-${oldest}`) : root
  return join(folder, 'node_modules', 'node', 'bin', 'node')
}

test('the oldest Node is the one that the package asks for', () => {
  expect(pjson.engines.node).toBe(`>=${oldest}`)
})

test('the manual is installed', () => {
  expect(readdirSync(join(prefix, 'share', 'man', 'man1')).sort()).toEqual(
    pjson.man.map((page) => page.replace('man/', '')).sort()
  )
})

test('nothing that only developers need is in it', () => {
  const folder = join(prefix, 'lib', 'node_modules', 'sluice-kafka')
  expect(readdirSync(folder).filter((name) => /^(test|scripts|src|docs|\..*)$/.test(name))).toEqual([])
  const modules = readdirSync(join(folder, 'node_modules'))
  expect(modules.filter((name) => /^(jest|typescript|eslint|prettier|node)$/.test(name))).toEqual([])
})

describe.each([['newest'], [oldest]])('on Node, the %s', (version) => {
  const folder = workdir.join(version)
  const topic = uniqueName('installed')
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap, T: topic, G: uniqueName('group') }

  beforeAll(() => {
    mkdirSync(folder)
    symlinkSync(nodeOf(version), join(folder, 'node'))
  })

  function installed(script: string): Promise<Result> {
    const path = [folder, join(prefix, 'bin'), process.env['PATH']].join(delimiter)
    return bash(script, { env: { ...env, PATH: path }, cwd: folder })
  }

  /** What it printed; nothing else may be said. */
  async function output(script: string): Promise<string> {
    const { stdout, stderr } = succeeded(await installed(script))
    expect(stderr).toBe('')
    return stdout
  }

  test('it is the Node that runs', async () => {
    const node = execFileSync(nodeOf(version), ['--version'], { encoding: 'utf8' }).trim()
    if (version === oldest) expect(node).toBe(`v${oldest}`)
    expect(await output('sluice --version')).toContain(`${pjson.version} linux-x64 node-${node}`)
  })

  test('every command has help', async () => {
    const words = Object.keys(commands).map((id) => id.replaceAll(':', ' '))
    const script = words.map((command) => `sluice ${command} --help | head -1`).join('\n')
    const lines = (await output(script)).trimEnd().split('\n')
    expect(lines).toHaveLength(words.length)
    for (const line of lines) expect(line).toMatch(/^\w/)
  })

  test('records go to a topic and come back, whatever packs them', async () => {
    expect(await output('seq 1000 | sluice produce $T --create-topic=2')).toBe('')
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) await output(`seq 1000 | sluice produce $T -z ${codec}`)
    expect(await output('sluice consume $T -e | sort -n | uniq -c | tail -1')).toMatch(/^ *5 1000\n$/)
    await output('sluice consume $T -e --format envelope -O all.jsonl.zst')
    expect(await output("sluice pipe 'all.jsonl.zst?format=envelope' - | wc -l")).toBe('5000\n')
  })

  test('topics are copied exactly once, by two threads', async () => {
    const copy = 'sluice pipe kafka:$T?exit kafka:$T-copy?create-topic=2 --parallelism 2 --delivery exactly-once'
    expect(await output(`${copy} --checkpoint positions`)).toBe('')
    expect(await output('sluice consume $T-copy -e | wc -l')).toBe('5000\n')
  })

  test('a group is read, shown, moved, waited for and deleted', async () => {
    expect(await output('sluice consume $T -g $G --reset earliest -n 10 | wc -l')).toBe('10\n')
    expect(await output('sluice lag $G --json | jq .[].lag')).toBe('4990\n')
    expect(
      await output('sluice offsets reset $G --topic $T --to latest --execute --json | jq -s "flatten | length"')
    ).toBe('2\n')
    expect(await output('sluice lag $G --wait --format csv | tail -1')).toContain(`,${topic},`)
    expect(await output('sluice offsets export $G')).toMatch(/^installed-.*,0,\d+\ninstalled-.*,1,\d+\n$/)
    await output('sluice offsets delete $G --execute')
  })

  test('topics are discovered, the sandbox answers', async () => {
    expect(await output('sluice discover "^$T$" --format csv | wc -l')).toBe('3\n')
    expect((await installed('sluice sandbox status --port 1')).code).toBe(3)
  })
})
