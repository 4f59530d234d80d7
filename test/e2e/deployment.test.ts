// The commands in examples/ are such that this sluice takes: each comes as far as looking for its cluster, which is not
// there. YAML is checked by `npm run lint` (Prettier reads it), the systemd unit by systemd where there is one.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { bash, root } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const read = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8')
const work = new Workdir()
const properties = work.write('client.properties', 'bootstrap.servers=127.0.0.1:1\n')

/** Long lines are continued by a backslash. */
const joined = (text: string): string => text.replace(/\\\n\s*/g, '')

/** YAML's lists of arguments, one a line. */
const pods = [...read('kubernetes.yaml').matchAll(/\n +args:\n((?: +- .*\n)+)/g)].map(([, list]) => {
  const words = list!
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/^- /, ''))
  return ['sluice', ...words.map((word) => `'${word}'`)].join(' ')
})
const unit = [...joined(read('sluice.service')).matchAll(/^ExecStart=\S+\/(sluice .*)$/gm)].map(
  ([, command]) => command!
)
const job = [...joined(read('lag-gate.yml')).matchAll(/^ +(?:run: )?(sluice .*)$/gm)].map(([, command]) => command!)

test('there are commands in all of them', () => expect([pods.length, unit.length, job.length]).toEqual([2, 1, 2]))

test.each([...pods, ...unit, ...job])('%s', async (command) => {
  const here = command.replace(/[^\s']*\/client\.properties/, properties).replaceAll('/var/lib/sluice', work.path)
  const { code, stdout, stderr } = await bash(here, { env: { CLIENT_PROPERTIES: 'bootstrap.servers=127.0.0.1:1' } })
  expect(stderr).toMatch(
    command.includes('doctor')
      ? /^sluice: 1 check failed/
      : /^sluice: cannot reach the cluster: 127\.0\.0\.1:1 connection refused: /
  )
  expect(stdout).toMatch(command.includes('doctor') ? /connection refused/ : /^$/)
  expect(code).toBe(1)
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

;(hasSystemd ? test : test.skip)('systemd understands the unit', async () => {
  const file = work.write(
    'sluice-orders.service',
    read('sluice.service').replace('/usr/local/bin/sluice', join(root, 'bin/run.js'))
  )
  expect(await bash(`systemd-analyze verify --man=no '${file}'`)).toMatchObject({ code: 0, stdout: '', stderr: '' })
})
