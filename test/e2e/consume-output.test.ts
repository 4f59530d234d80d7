// Where the text of consume goes: delimiters, files, pipes, and readers who are slow or leave.
import { once } from 'node:events'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { write } from '../support/client.js'
import { values } from '../support/reading.js'
import { bash, finished, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

describe('output', () => {
  test('delimiters: any bytes, several, none, NUL, and the key before the value', async () => {
    const own = await createTopic()
    await write(own, [
      { key: 'k1', value: 'v1' },
      { key: null, value: 'v2' },
      { key: '', value: '' },
      { key: 'k4', value: null }
    ])
    const outputOf = async (...args: string[]): Promise<string> =>
      succeeded(await sluice(['consume', own, '-e', ...args], { env })).stdout
    expect(await outputOf()).toBe('v1\nv2\n\n\n')
    expect(await outputOf('-0')).toBe('v1\0v2\0\0\0')
    expect(await outputOf('-D', '')).toBe('v1v2')
    expect(await outputOf('-D', '::\\n\\x00')).toBe('v1::\n\0v2::\n\0::\n\0::\n\0')
    expect(await outputOf('-K', ' → ')).toBe('k1 → v1\n → v2\n → \nk4 → \n')
  })

  test('-O writes a file, which .gz and .zst compress, and says nothing on stdout', async () => {
    const topic = await createTopic()
    await write(topic, values(0, 50))
    const workdir = new Workdir()
    const expected = succeeded(await sluice(['consume', topic, '-e'], { env })).stdout
    for (const name of ['plain', 'packed.gz', 'packed.zst']) {
      const run = await sluice(['consume', topic, '-e', '-O', name], { env, cwd: workdir.path })
      expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
    }
    expect(workdir.read('plain')).toBe(expected)
    expect(gunzipSync(workdir.readBytes('packed.gz')).toString()).toBe(expected)
    expect(zstdDecompressSync(workdir.readBytes('packed.zst')).toString()).toBe(expected)
  })

  test('a record far beyond a megabyte is whole, and those after it come too', async () => {
    const own = await createTopic({ config: { 'max.message.bytes': '8000000' } })
    const long = '0123456789abcdef'.repeat(400_000)
    await write(own, [{ value: 'before' }])
    await write(own, [{ value: long }])
    await write(own, [{ value: long }, { value: 'after' }])
    const { stdout } = succeeded(await sluice(['consume', own, '-e'], { env }))
    expect(stdout === `before\n${long}\n${long}\nafter\n`).toBe(true)
  })

  test('goes out line by line while a topic is slow', async () => {
    const own = await createTopic({ partitions: 2 })
    const child = startSluice(['consume', own], { env })
    const run = finished(child)
    for (let i = 0; i < 4; i++) {
      const seen = waitFor(child.stdout, new RegExp(`^line ${i}\n$`))
      await write(own, [{ value: `line ${i}`, partition: i % 2 }])
      await seen
    }
    child.kill('SIGINT')
    expect(await run).toMatchObject({ code: 130, stderr: '' })
  })
})

describe('a reader of the output', () => {
  let large: string
  const LINES = 200_000

  beforeAll(async () => {
    large = await createTopic({ partitions: 2, name: 'large' })
    const input = Array.from({ length: LINES }, (_, i) => `${i} ${'x'.repeat(90)}\n`).join('')
    succeeded(await sluice(['produce', large, '--partitioner', 'round-robin'], { env, input }))
  })

  test.each([
    ['that has seen enough', `sluice consume ${'$TOPIC'} | head -1`],
    ['that has seen enough of a bounded run', `sluice consume ${'$TOPIC'} -e -f '%o %s\\n' | head -1`],
    ['that never reads', `sluice consume ${'$TOPIC'} -e | true`]
  ])('%s ends it, in silence and with 0', async (_, script) => {
    const start = performance.now()
    // With pipefail: sluice's own exit code counts.
    const run = await bash(script, { env: { ...env, TOPIC: large } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout.split('\n').length).toBeLessThanOrEqual(2)
    expect(performance.now() - start).toBeLessThan(30_000)
  })

  test('that is slow gets every byte, of every partition in order', async () => {
    const slowly = 'for n in 1 2 3 4 5; do sleep 0.1; head -c 100000; done; cat'
    const { stdout } = succeeded(
      await bash(`sluice consume $TOPIC -e | (${slowly})`, { env: { ...env, TOPIC: large } })
    )
    const lines = stdout.split('\n')
    expect(lines).toHaveLength(LINES + 1)
    for (const parity of [0, 1]) {
      const numbers = lines
        .filter(Boolean)
        .map((line) => parseInt(line))
        .filter((n) => n % 2 === parity)
      expect(numbers.every((n, i) => n === i * 2 + parity)).toBe(true)
    }
    expect(lines.slice(0, -1).every((line) => line.endsWith('x'.repeat(90)))).toBe(true)
  })

  test('that stands still holds up its end no longer than the second signal', async () => {
    const child = startSluice(['consume', large, '-e'], { env })
    await waitFor(child.stdout, /\n/)
    child.stdout!.pause()
    const exit = once(child, 'exit')
    // Two signals in a row may arrive as one.
    const asking = setInterval(() => child.kill('SIGINT'), 100)
    const [code, signal] = (await exit) as [number | null, string | null]
    clearInterval(asking)
    child.stdout!.destroy()
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGINT' })
  })
})
