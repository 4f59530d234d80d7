// What is said of the program agrees with it: the manifest that oclif finds commands by, help, and the man pages.
// `npm run build` writes the manifest and the pages; `npm test` does that first.
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'

interface Flag {
  name: string
  char?: string
  description?: string
}

interface CommandText {
  id: string
  summary?: string
  examples?: unknown[]
  flags: Record<string, Flag>
  args: Record<string, { description?: string }>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string): unknown => JSON.parse(readFileSync(`${root}${file}`, 'utf8'))
const manifest = read('oclif.manifest.json') as { commands: Record<string, CommandText>; version: string }
const pjson = read('package.json') as { man: string[]; version: string }
const commands = Object.values(manifest.commands)

test('the manifest names every command, and no other', () => {
  const files = readdirSync(`${root}src/commands`, { recursive: true, encoding: 'utf8' })
  const ids = files.filter((file) => file.endsWith('.ts')).map((file) => file.replace(/\.ts$/, '').replaceAll('/', ':'))
  expect(Object.keys(manifest.commands).sort()).toEqual(ids.sort())
  expect(manifest.version).toBe(pjson.version)
})

describe.each(commands.map((command) => [command.id, command] as const))(
  '%s',
  (_, { summary, examples, flags, args }) => {
    test('says what it is for, and shows how it is called', () => {
      expect(summary).toBeTruthy()
      expect(examples?.length).toBeGreaterThan(0)
    })

    test('describes each flag and argument', () => {
      const silent = [...Object.entries(flags), ...Object.entries(args)].filter(([, { description }]) => !description)
      expect(silent.map(([name]) => name)).toEqual([])
    })

    test('gives each letter to one flag', () => {
      const letters = Object.values(flags).flatMap(({ char }) => char ?? [])
      expect(letters.filter((letter, i) => letters.indexOf(letter) !== i)).toEqual([])
    })
  }
)

describe('man pages', () => {
  test('are those of the manifest', async () => {
    const { manPages } = (await import(pathToFileURL(`${root}scripts/man.mjs`).href)) as {
      manPages: (manifest: unknown, pjson: unknown) => Map<string, string>
    }
    const pages = manPages(manifest, pjson)
    expect(readdirSync(`${root}man`).sort()).toEqual([...pages.keys()].sort())
    for (const [file, page] of pages) expect([file, readFileSync(`${root}man/${file}`, 'utf8')]).toEqual([file, page])
  })

  test('are all installed', () => {
    expect([...pjson.man].sort()).toEqual(
      readdirSync(`${root}man`)
        .map((file) => `man/${file}`)
        .sort()
    )
  })

  test('are what mandoc and groff have no complaint about', () => {
    const pages = readdirSync(`${root}man`).map((file) => `${root}man/${file}`)
    const mandoc = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...pages], { encoding: 'utf8' })
    // A date would change with every build.
    const complaints = (mandoc.stdout ?? '').split('\n').filter((line) => line && !line.includes('missing date'))
    const groff = spawnSync('groff', ['-man', '-ww', '-z', ...pages], { encoding: 'utf8' })
    expect([...complaints, groff.stderr ?? '']).toEqual([''])
  })

  test('hold nothing but ASCII, which every man reads', () => {
    for (const file of readdirSync(`${root}man`))
      expect(readFileSync(`${root}man/${file}`, 'utf8')).toMatch(/^[\n\x20-\x7e]*$/)
  })
})

test('the licences of all packages that are installed are listed', () => {
  interface Locked {
    version: string
    dev?: boolean
    optional?: boolean
  }
  const { packages } = read('package-lock.json') as { packages: Record<string, Locked> }
  const locked = Object.entries(packages).filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
  const installed = locked.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`)
  const text = readFileSync(`${root}THIRD_PARTY.md`, 'utf8')
  const listed = [...text.matchAll(/^ - (\S+)$/gm)].map(([, name]) => name)
  expect(installed.filter((name) => !listed.includes(name))).toEqual([])
})
