import { existsSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { classArchive, keepArchive } from '../../../src/sandbox/class-archive.js'
import { Workdir } from '../../support/workdir.js'

const [java, folder] = ['openjdk version "17.0.15"', '/data']

test('what a broker left is used by those that have its jars and its Java', async () => {
  const work = new Workdir()
  const jars = work.join('jars')
  const { use, make } = classArchive(jars, java, folder)
  expect(use).toEqual([])
  expect(make!.flags).toContain(`-XX:ArchiveClassesAtExit=${make!.file}`)
  work.write(make!.file.slice(work.path.length), 'classes')
  expect(classArchive(jars, java, folder).make).toEqual(make)
  await keepArchive(make!.file, true)

  const [archive] = classArchive(jars, java, '/other').use.slice(-1)
  expect(archive).toBe(`-XX:SharedArchiveFile=${make!.file.replace(/\.\w+$/, '')}`)
  expect(classArchive(jars, java, folder).make).toBeUndefined()
  expect(classArchive(jars, 'openjdk version "25"', folder).use).toEqual([])
  expect(classArchive(work.join('others'), java, folder).use).toEqual([])
})

test('what one left that was killed is removed; one that left nothing is none', async () => {
  const work = new Workdir()
  const { file } = classArchive(work.join('jars'), java, folder).make!
  work.write(file.slice(work.path.length), 'half of')
  await keepArchive(file, false)
  expect(existsSync(file)).toBe(false)
  await keepArchive(file, true)
  expect(classArchive(work.join('jars'), java, folder).use).toEqual([])
})
