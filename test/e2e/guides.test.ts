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

test('guides, and the README, have topics of their own', () => {
  const oneLiners = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/produce ([\w-]+) --create-topic/g)
  const names = [...all.flatMap(({ topics }) => topics), ...[...oneLiners].map(([, topic]) => topic!)]
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
