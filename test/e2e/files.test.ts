// Files at one end of a pipe: packed ones, many of them, parts, and files that grow.
import { readdirSync, utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { finished, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }

async function valuesOf(topic: string): Promise<(string | null)[]> {
  return (await readAll(topic)).map(({ value }) => value)
}

describe('a packed file', () => {
  test('is unpacked by its extension, all parts of it', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    const a = workdir.write('a.csv.gz', Buffer.concat([gzipSync('id,name\n1,a\n'), gzipSync('2,b\n')]))
    const b = workdir.write('b.txt.zst', Buffer.concat(['c\n', '', 'd\n', 'e'].map((text) => zstdCompressSync(text))))
    expect(await sluice(['pipe', `${a}?format=csv&value-field=name`, `kafka:${topic}`], { env })).toEqual(silence)
    expect(await sluice(['produce', topic, b, b], { env })).toEqual(silence)
    expect(await valuesOf(topic)).toEqual(['a', 'b', 'c', 'd', 'e', 'c', 'd', 'e'])
  })

  test('that consume wrote is read back', async () => {
    const [topic, copy] = [await createTopic(), await createTopic()]
    const workdir = new Workdir()
    const values = Array.from({ length: 50_000 }, (_, i) => `${i}`)
    succeeded(await sluice(['produce', topic], { env, input: values.join('\n') }))
    for (const name of ['out.gz', 'out.zst']) {
      succeeded(await sluice(['pipe', `kafka:${topic}?exit`, name], { env, cwd: workdir.path }))
      succeeded(await sluice(['pipe', name, `kafka:${copy}`], { env, cwd: workdir.path }))
    }
    expect(await valuesOf(copy)).toEqual([...values, ...values])
  })

  test('that is damaged or cut off is named, and what stands before that is sent', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    workdir.write('cut.gz', Buffer.concat([gzipSync('1\n2\n'), gzipSync('3\n').subarray(0, 12)]))
    workdir.write('bad.zst', Buffer.concat([zstdCompressSync('1\n2\n'), Buffer.from('nonsense')]))
    const cut = await sluice(['produce', topic, 'cut.gz'], { env, cwd: workdir.path })
    expect(cut).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sluice: cannot read cut.gz: it is cut off: .*2 records sent before it\n$/)
    })
    const bad = await sluice(['pipe', 'bad.zst', `kafka:${topic}`], { env, cwd: workdir.path })
    expect(bad).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sluice: cannot read bad.zst: it is damaged \(.*\): .*2 records sent before it\n$/)
    })
    expect(await valuesOf(topic)).toEqual(['1', '2', '1', '2'])
  })
})

describe('many files', () => {
  test('of a folder, or that match a pattern, are read by age', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    const names = [
      'in/b.txt',
      'in/a.txt',
      'in/c.csv',
      'in/_now.txt',
      'in/.hidden.txt',
      'in/d.txt._COPYING_',
      'in/more/e.txt'
    ]
    for (const [i, name] of names.entries()) utimesSync(workdir.write(name, `${name} 1\n${name} 2`), 1000 + i, 1000 + i)
    for (const source of ['in', 'in/*.txt', 'file:in/?.csv?format=lines']) {
      expect(await sluice(['pipe', source, `kafka:${topic}`], { env, cwd: workdir.path })).toEqual(silence)
    }
    const linesOf = (...files: string[]): string[] => files.flatMap((file) => [`in/${file} 1`, `in/${file} 2`])
    expect(await valuesOf(topic)).toEqual(linesOf('b.txt', 'a.txt', 'c.csv', 'b.txt', 'a.txt', 'c.csv'))
  })

  test.each(['nothing.txt', 'nothing/', 'none-*.txt'])('%s does not exist', async (path) => {
    const run = await sluice(['pipe', path, 'stdout:'], { env, cwd: new Workdir().path })
    expect(run).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(`^sluice: ${path.replace('*', '.')} does not exist: .*\n$`)
    })
  })
})

describe('a file in parts', () => {
  test('by size: each begins with the header line, holds whole records and is no larger', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    const values = Array.from({ length: 20_000 }, (_, i) => `value ${i}`)
    succeeded(await sluice(['produce', topic], { env, input: values.join('\n') }))
    const sink = 'out.csv?format=csv&fields=offset,value&roll=64k'
    expect(await sluice(['pipe', `kafka:${topic}?exit`, sink], { env, cwd: workdir.path })).toEqual(silence)
    const parts = readdirSync(workdir.path).sort()
    expect(parts).toEqual(parts.map((_, i) => `out-${String(i + 1).padStart(6, '0')}.csv`))
    expect(parts.length).toBeLessThan(9)
    const rows = parts.flatMap((part) => {
      const text = workdir.read(part)
      expect(text.length).toBeLessThanOrEqual(1 << 16)
      const [header, ...lines] = text.split('\n')
      expect([header, lines.pop()]).toEqual(['offset,value', ''])
      return lines
    })
    expect(rows).toEqual(values.map((value, i) => `${i},${value}`))
    const again = await sluice(['pipe', `kafka:${topic}?exit`, sink], { env, cwd: workdir.path })
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sluice: out-000001.csv is there already: /)
    })
  })

  test('by age, also while nothing comes; an interrupt completes the last one', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    workdir.write('out-000007.txt.gz', gzipSync('old\n'))
    const sink = 'out.txt.gz?roll=500ms&mode=append'
    const child = startSluice(['pipe', `kafka:${topic}`, sink], { env, cwd: workdir.path })
    const run = finished(child)
    const contentOf = (number: number): string => gunzipSync(workdir.readBytes(`out-00000${number}.txt.gz`)).toString()
    const parts = (): string[] => readdirSync(workdir.path).filter((name) => !name.startsWith('.'))
    await write(topic, [{ value: 'a' }])
    while (parts().length < 2) await sleep(20)
    expect(contentOf(8)).toBe('a\n')
    await write(topic, [{ value: 'b' }])
    while (readdirSync(workdir.path).length < 3) await sleep(20)
    child.kill('SIGINT')
    expect(await run).toMatchObject({ code: 130 })
    expect(readdirSync(workdir.path).sort()).toEqual([7, 8, 9].map((number) => `out-00000${number}.txt.gz`))
    expect(contentOf(9)).toBe('b\n')
  })
})
