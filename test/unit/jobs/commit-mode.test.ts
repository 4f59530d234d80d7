// Flink's truth table (OffsetCommitModes), on our flags.
import { expect, test } from '@jest/globals'
import { type Commit, commitMode } from '../../../src/jobs/commit-mode.js'

const EVERY = 10_000
const auto: Commit = { kind: 'auto', interval: 5000 }

test.each<[string, number | null, Commit, { commits: boolean; interval: number }]>([
  ['checkpoints on, commits with them', EVERY, { kind: 'checkpoint' }, { commits: true, interval: EVERY }],
  ['checkpoints on: the own interval is forced off', EVERY, auto, { commits: true, interval: EVERY }],
  ['checkpoints on, no commits', EVERY, { kind: 'none' }, { commits: false, interval: EVERY }],
  ['checkpoints off, by interval', null, auto, { commits: true, interval: 5000 }],
  ['checkpoints off, no commits', null, { kind: 'none' }, { commits: false, interval: Infinity }]
])('%s', (_, checkpoints, commit, expected) => {
  expect(commitMode(commit, checkpoints)).toEqual({ ...expected, late: false })
})

test('at the end only, with checkpoints between where there are some', () => {
  expect(commitMode({ kind: 'exit' }, null)).toEqual({ commits: true, late: true, interval: Infinity })
  expect(commitMode({ kind: 'exit' }, EVERY)).toEqual({ commits: true, late: true, interval: EVERY })
})
