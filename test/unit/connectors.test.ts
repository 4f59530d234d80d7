import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { connectors } from '../../src/connectors/catalog.js'
import { findPackage } from '../../src/connectors/client-package.js'

const folder = mkdtempSync(join(tmpdir(), 'packages-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a client library is found where sluice is or where it is used, else it is said what to install', () => {
  mkdirSync(join(folder, 'node_modules', 'some-client'), { recursive: true })
  const file = join(folder, 'node_modules', 'some-client', 'index.js')
  writeFileSync(file, '')
  expect(findPackage('some-client', ['/nowhere', folder])).toBe(file)
  const missing = expect.objectContaining({
    exitCode: 1,
    line: 'needs the package some-client: npm install -g some-client'
  })
  expect(() => findPackage('some-client', ['/nowhere'])).toThrow(missing)
})

test('every connector reads or writes', async () => {
  for (const { load } of Object.values(connectors)) {
    const { source, sink } = await load()
    expect(source ?? sink).toBeDefined()
  }
})
