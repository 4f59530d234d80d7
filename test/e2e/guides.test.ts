// The guides do what they say. test/support/guide.ts has the marks that a guide may use.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { bootstrap } from '../support/broker.js'
import { Guide, guides } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { root } from '../support/sluice.js'

const all = guides()

describeGuide(new Guide('README'), () => ({ KAFKA_BOOTSTRAP_SERVERS: bootstrap }))

for (const guide of all.filter(({ runBy }) => runBy === undefined))
  describeGuide(guide, () => ({ KAFKA_BOOTSTRAP_SERVERS: bootstrap }))

test('a guide that another test runs is named there', () => {
  for (const { name, runBy } of all.filter(({ runBy }) => runBy !== undefined))
    expect(readFileSync(join(root, runBy!), 'utf8')).toContain(name)
})

test('guides have topics of their own', () => {
  // What readme.test.ts runs has a cluster to itself.
  const here = all.filter(({ runBy }) => runBy !== 'test/e2e/readme.test.ts')
  const names = [new Guide('README'), ...here].flatMap(({ topics }) => topics)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
