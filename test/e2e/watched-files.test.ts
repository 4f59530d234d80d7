// Files that are looked at over and over: new ones, appended lines, rotated logs; through kills, too.
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, truncateSync, utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { LongRun, until } from '../support/long-runs.js'
import { sluice } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

function watching(folder: Workdir, path: string, ...more: string[]): LongRun {
  return new LongRun(['pipe', `${path}?watch=20ms`, '-', ...more], { cwd: folder.path })
}

describe('what comes in a folder', () => {
  test('is read whenever it comes: files, also packed, and lines once they are whole; SIGINT ends it at once', async () => {
    const folder = new Workdir()
    const run = watching(folder, 'in')
    await run.said(/^$/)
    folder.write('in/a', 'one\ntw')
    await run.wrote(1)
    appendFileSync(folder.join('in/a'), 'o\nthree')
    await run.wrote(2)
    folder.write('in/.b', gzipSync('four\nfive'))
    renameSync(folder.join('in/.b'), folder.join('in/b.gz'))
    await run.wrote(4)
    appendFileSync(folder.join('in/a'), '\n')
    await run.wrote(5)
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.lines).toEqual(['one', 'two', 'four', 'five', 'three'])
    expect(run.stderr).toBe('')
  })

  test('goes out in the order in which it was written, and may have header lines', async () => {
    const folder = new Workdir()
    for (const [age, name] of ['c', 'a', 'b'].entries()) {
      utimesSync(folder.write(`in/${name}.csv`, `n,m\n${name},${age}\n`), age, age)
    }
    const run = new LongRun(['pipe', 'in/*.csv?watch=20ms&format=csv&value-field=n', '-'], { cwd: folder.path })
    await run.wrote(3)
    appendFileSync(folder.join('in/c.csv'), '"d\ne",1\n"f')
    folder.write('in/d.csv', 'm,')
    await run.wrote(5)
    appendFileSync(folder.join('in/c.csv'), '",2\n')
    appendFileSync(folder.join('in/d.csv'), 'n\n1,g\n')
    await run.wrote(7)
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.lines.slice(0, 5)).toEqual(['c', 'a', 'b', 'd', 'e'])
    expect(run.lines.slice(5).sort()).toEqual(['f', 'g'])
  })

  test('does not take a descriptor each', async () => {
    const folder = new Workdir()
    for (let i = 0; i < 1500; i++) folder.write(`in/${i}`, `${i}\n`)
    const run = watching(folder, 'in')
    await run.wrote(1500)
    expect(readdirSync(`/proc/${run.child.pid}/fd`).length).toBeLessThan(60)
    appendFileSync(folder.join('in/77'), 'again\n')
    await run.wrote(1501)
    expect(await run.stop('SIGINT')).toBe(130)
    expect(
      run.lines
        .slice(0, 1500)
        .map(Number)
        .sort((a, b) => a - b)
    ).toEqual(Array.from({ length: 1500 }, (_, i) => i))
  })

  test('is not what the run itself writes there', async () => {
    const folder = new Workdir()
    folder.write('in/a', 'a\n')
    const run = new LongRun(['pipe', 'in?watch=20ms', 'in/out', '--checkpoint', 'in/positions'], { cwd: folder.path })
    await until(() => folder.soFar('in/out') === 'a\n')
    appendFileSync(folder.join('in/a'), 'b\n')
    await until(() => folder.read('in/out') !== 'a\n')
    expect(await run.stop('SIGINT')).toBe(130)
    expect(folder.read('in/out')).toBe('a\nb\n')
  })
})

describe('a log', () => {
  test('that is rotated is gone on with where it was renamed to, then the new one', async () => {
    const folder = new Workdir()
    const log = folder.write('log', '1\n2')
    const run = watching(folder, 'log')
    await run.wrote(1)
    renameSync(log, `${log}.1`)
    appendFileSync(`${log}.1`, '2\n')
    await run.wrote(2)
    folder.write('log', '3\n')
    await run.wrote(3)
    // Its writer still has it open.
    appendFileSync(`${log}.1`, '4\n')
    await run.wrote(4)
    renameSync(`${log}.1`, `${log}.2`)
    renameSync(log, `${log}.1`)
    appendFileSync(`${log}.2`, '5\n')
    await run.wrote(5)
    appendFileSync(`${log}.1`, '6\n')
    await run.wrote(6)
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.lines).toEqual(['1', '22', '3', '4', '5', '6'])
    expect(run.stderr).toBe('')
  })

  test('that is cut short is read from its beginning; one that goes half read is told', async () => {
    const folder = new Workdir()
    const log = folder.write('log', 'one\ntwo\n')
    const run = watching(folder, 'log')
    await run.wrote(2)
    truncateSync(log)
    appendFileSync(log, '3\nfo')
    await run.wrote(3)
    expect(run.stderr).toBe('sluice: log was cut short: it is read from its beginning\n')
    rmSync(log)
    await run.said(/log was not read to its end, and is gone\n$/)
    // Often with the number of the one before.
    folder.write('log', 'a new one, longer\n')
    await run.wrote(4)
    expect(await run.stop('SIGINT')).toBe(130)
    expect(run.lines).toEqual(['one', 'two', '3', 'a new one, longer'])
  })

  test('comes into a file once, while it is appended to and rotated, through kill -9 at any instant', async () => {
    const folder = new Workdir()
    mkdirSync(folder.join('logs'))
    const log = folder.join('logs/app.log')
    let written = 0
    let writing = true
    const writer = (async () => {
      for (let round = 1; writing; round++) {
        // Lines come in pieces.
        const text = Array.from({ length: 50 }, () => `${written++} ${'x'.repeat(written % 60)}\n`).join('')
        const cut = Math.floor(Math.random() * text.length)
        appendFileSync(log, text.slice(0, cut))
        await sleep(Math.random() * 3)
        appendFileSync(log, text.slice(cut))
        if (round % 25 === 0) {
          for (let i = round / 25 - 1; i > 0; i--) renameSync(`${log}.${i}`, `${log}.${i + 1}`)
          renameSync(log, `${log}.1`)
        }
      }
    })()
    const keeping = ['--checkpoint', 'positions', '--checkpoint-interval', '5ms', '--delivery', 'exactly-once']
    const args = ['pipe', 'logs/app.log*?watch=5ms', 'out', ...keeping]
    for (let kill = 0; kill < 10; kill++) {
      const run = new LongRun(args, { cwd: folder.path })
      await sleep(200 + Math.random() * 500)
      expect(await run.stop('SIGKILL')).toBeNull()
      expect(run.stderr).toBe('')
    }
    writing = false
    await writer
    const last = new LongRun(args, { cwd: folder.path })
    await until(() => folder.soFar('out').endsWith(`\n${written - 1} ${'x'.repeat(written % 60)}\n`))
    expect(await last.stop('SIGINT')).toBe(130)
    expect(last.stderr).toBe('')
    const lines = folder.read('out').split('\n').slice(0, -1)
    const numbers = lines.map((line) => Number(line.split(' ')[0])).sort((a, b) => a - b)
    expect(numbers.length).toBe(written)
    expect(numbers.every((number, i) => number === i)).toBe(true)
    expect(lines.every((line) => line === `${parseInt(line)} ${'x'.repeat((parseInt(line) + 1) % 60)}`)).toBe(true)
  })
})

test.each([
  ['in?watch=0s', /^sluice: in\?watch=0s: watch must be more than 0: as in watch=10s\n$/],
  ['-?watch=1s', /there is no option 'watch' here/]
])('%s is refused', async (source, said) => {
  expect(await sluice(['pipe', source, '-'])).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
})
