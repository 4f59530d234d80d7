import { expect, test } from '@jest/globals'
import { noTotals, sum } from '../../../src/jobs/totals.js'

test('what subtasks did is added up; a checkpoint is that of all of them', () => {
  const one = {
    ...noTotals(),
    records: 1,
    bytes: 2,
    acknowledged: true,
    lost: 3,
    skipped: 4,
    unanswered: 1,
    deadLetters: 5
  }
  const read = { checkpoints: 6, checkpointAge: 7, commits: { succeeded: 8, failed: 9 }, lag: 10 }
  const other = { ...one, ...read }
  const both = { records: 2, bytes: 4, acknowledged: true, lost: 6, skipped: 8, unanswered: 2, deadLetters: 10 }
  expect(sum([other, { ...other, checkpoints: 5, checkpointAge: 8 }])).toEqual({
    ...both,
    ...{ checkpoints: 6, checkpointAge: 8, commits: { succeeded: 16, failed: 18 }, lag: 20 }
  })
  // What one of them does not know is not known.
  expect(sum([one, other])).toMatchObject({ checkpoints: 6, checkpointAge: null, commits: read.commits, lag: null })
})
