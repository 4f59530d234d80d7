// Lag as it goes on: rows for whoever watches, a page in a file, and a server with metrics and a live page.
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { spawn, spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { curvesOf, renderedPage, tableOf, testWithBrowser } from '../support/browser.js'
import { write } from '../support/client.js'
import { commit } from '../support/groups.js'
import { LongRun, until } from '../support/long-runs.js'
import { values } from '../support/reading.js'
import { bash, bin, sluice, succeeded, waitFor } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

/** 20 records in partition 0, of which the group has read 15. */
let topic: string
const group = uniqueName('watched')

beforeAll(async () => {
  topic = await createTopic({ partitions: 2 })
  await write(topic, values(0, 20))
  await commit(group, topic, { 0: 15 })
})

describe('--watch', () => {
  test('as JSON: an object a row and look, with the time; SIGINT ends it', async () => {
    const watch = new LongRun(['lag', group, '--watch', '100ms', '--json'])
    await watch.wrote(3)
    expect(await watch.stop()).toBe(130)
    const rows = watch.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows[0]).toMatchObject({ group, topic, partition: null, lag: 5 })
    const times = rows.map(({ time }) => Date.parse(time as string))
    expect(times).toEqual([...new Set(times)].sort())
    expect(watch.stderr).toBe('')
  })

  test('as CSV: one header; as a table: one a look', async () => {
    const [csv, table] = await Promise.all(
      [['--format', 'csv'], []].map((format) =>
        sluice(['lag', group, '--watch', '100ms', '--timeout', '250ms', ...format], { env }).then(succeeded)
      )
    )
    const lines = csv!.stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('time,group,topic,partition,committed,start,end,lag,seconds,member')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines.slice(1)) expect(line).toMatch(new RegExp(`^[^,]+Z,${group},${topic},,,,,5,,$`))
    const blocks = table!.stdout.split('\n\n')
    for (const block of blocks) expect(block).toMatch(/^\d{4}-.*Z\nGROUP +TOPIC +LAG\n/)
  })

  test('ends well when nobody reads it any more', async () => {
    const { code, stdout, stderr } = await bash(`sluice lag ${group} --watch 100ms --json | head -n 1`, { env })
    expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 2 })
  })

  const withTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip
  withTerminal('on a terminal: drawn again in the same place, with a curve', async () => {
    const command = `stty cols 90 rows 20; ${process.execPath} ${bin} lag ${group} --watch 100ms --timeout 60s`
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env, TERM: 'xterm' } })
    const stdout = await waitFor(child.stdout, /██\r?\n/)
    child.kill('SIGKILL')
    const [first, second] = stdout.split('\u001b[3A\r\u001b[J')
    expect(first).toMatch(/GROUP +TOPIC +LAG +CHANGE\/S +TREND/)
    expect(second).toMatch(new RegExp(`${group} +${topic} +5 +0 +██\r?\n`))
  })
})

describe('--history', () => {
  test('is one page that is whole at any time, and loads nothing', async () => {
    const folder = new Workdir()
    const file = folder.join('lag.html')
    const run = new LongRun(['lag', group, '--history', file, '--watch', '100ms'])
    await run.wrote(5)
    for (let look = 0; look < 20; look++) expect(readFileSync(file, 'utf8')).toMatch(/<\/html>\s*$/)
    expect(await run.stop()).toBe(130)
    const page = readFileSync(file, 'utf8')
    const [, json] = /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(page)!
    const { times, series } = JSON.parse(json!) as { times: number[]; series: object[] }
    expect(times.length).toBeGreaterThanOrEqual(2)
    expect(series).toEqual([{ group, topic, lag: times.map(() => 5), seconds: null }])
    expect(page).not.toMatch(/<script[^>]+src|<link[^>]+href="(?!data:)|url\(/)
    expect(readdirSync(folder.path)).toEqual(['lag.html'])
  })

  test('a place that cannot be written is said in one line', async () => {
    const { code, stdout, stderr } = await sluice(['lag', group, '--history', '/nowhere/lag.html'], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^sluice: cannot write \/nowhere\/lag.html: .*\n$/)
  })

  testWithBrowser('draws a curve and a row for each group and topic', async () => {
    const other = uniqueName('watched')
    await commit(other, topic, { 0: 0 })
    const file = new Workdir().join('lag.html')
    const run = new LongRun(['lag', group, other, '--history', file, '--watch', '100ms', '--time', '--json'])
    // Two rows a look; a page is there before its look is shown.
    await run.wrote(6)
    expect(await run.stop()).toBe(130)
    const page = await renderedPage(`file://${file}`)
    expect(curvesOf(page)).toEqual([`${group} / ${topic}`, `${other} / ${topic}`].sort())
    const rows = tableOf(page).map(([who, what, lag, change, peak, behind]) => [who, what, lag, change, peak, behind])
    expect(rows).toEqual([
      [other, topic, '20', '0/s', '20', expect.stringMatching(/^\d+ d$/)],
      [group, topic, '5', '0/s', '5', expect.stringMatching(/^\d+ d$/)]
    ])
  })
})

describe('--listen', () => {
  async function serve(...args: string[]): Promise<{ run: LongRun; url: string }> {
    const run = new LongRun(['lag', '--listen', '0', ...args])
    await run.said(/listening/)
    return { run, url: /listening on (http:\S+?)\/ /.exec(run.stderr)![1]! }
  }

  test('serves fresh metrics to many at once, and the history', async () => {
    const [counted, reader] = [await createTopic(), uniqueName('scraped')]
    await commit(reader, counted, { 0: 0 })
    const { run, url } = await serve(reader, '--watch', '100ms', '--json')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const scrape = async (): Promise<string> => (await fetch(`${url}/metrics`)).text()
    const sample = (lag: number): string =>
      `kafka_consumergroup_lag{consumergroup="${reader}",topic="${counted}",partition="0"} ${lag}\n`
    expect(await scrape()).toContain(sample(0))
    await write(counted, values(0, 7))
    for (const text of await Promise.all(Array.from({ length: 20 }, scrape))) expect(text).toContain(sample(7))

    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    await until(async () => {
      const { series } = (await (await fetch(`${url}/history.json`)).json()) as { series: { lag: number[] }[] }
      return series[0]?.lag.at(-1) === 7
    })
    const statuses = ['/', '/nothing', '/../package.json'].map(async (path) => (await fetch(url + path)).status)
    expect(await Promise.all(statuses)).toEqual([200, 404, 404])
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    // A connection that a browser keeps open does not hold up the end.
    expect(await run.stop('SIGTERM')).toBe(143)
  })

  testWithBrowser('has a live page', async () => {
    const { run, url } = await serve(group, '--watch', '100ms', '--json')
    await run.wrote(3)
    const page = await renderedPage(`${url}/`)
    expect(tableOf(page).map(([who, what, lag]) => [who, what, lag])).toEqual([[group, topic, '5']])
    expect(curvesOf(page)).toEqual([`${group} / ${topic}`])
    await run.stop()
  })

  test('a port in use is said in one line', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const { code, stderr } = await sluice(['lag', '--listen', `127.0.0.1:${port}`], { env })
    server.close()
    const what = `sluice: cannot listen on 127.0.0.1:${port}: the port is in use: choose another one with --listen\n`
    expect({ code, stderr }).toEqual({ code: 1, stderr: what })
  })
})
