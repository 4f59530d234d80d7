import { expect, test } from '@jest/globals'
import { PathSelection } from '../../../src/endpoints/file-list.js'
import { SharedSelection } from '../../../src/endpoints/shared-files.js'
import { Workdir } from '../../support/workdir.js'

test('each file is one subtask’s, whatever its name', async () => {
  const folder = new Workdir()
  for (const name of ['a', 'b', 'c', 'd', 'e']) folder.write(name, name)
  const all = new PathSelection(folder.path)
  const shares = [0, 1, 2].map((subtask) => new SharedSelection(all, { subtask, parallelism: 3 }))
  const lists = await Promise.all(shares.map((share) => share.list(false)))
  expect(
    lists
      .flat()
      .map(({ path }) => path.slice(-1))
      .sort()
  ).toEqual(['a', 'b', 'c', 'd', 'e'])
  const owners = lists.filter((list) => list.length > 0).length
  expect(await shares[0]!.idleSubtasks()).toBe(3 - owners)
  for (const [subtask, list] of lists.entries()) {
    expect(list.map(({ stats }) => Number(stats!.ino % 3n))).toEqual(list.map(() => subtask))
  }
})
