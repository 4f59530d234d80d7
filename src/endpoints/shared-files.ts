/**
 * Files of which several subtasks read some each: by their inodes, so that one that is renamed stays where it is, and that
 * files written one after the other go to different subtasks.
 */
import type { BigIntStats } from 'node:fs'
import { type Share, idleSubtasks } from '../flow/subtask.js'
import type { ListedFile, Selection } from './file-list.js'

export class SharedSelection implements Selection {
  readonly #inner: Selection
  readonly #share: Share

  constructor(inner: Selection, share: Share) {
    this.#inner = inner
    this.#share = share
  }

  async list(optional: boolean): Promise<ListedFile[]> {
    const files = await this.#inner.list(optional)
    return files.filter(({ stats }) => stats !== null && isOurs(stats.ino, this.#share))
  }

  selects(file: string): boolean {
    return this.#inner.selects(file)
  }

  takes({ ino }: BigIntStats): boolean {
    return isOurs(ino, this.#share)
  }

  /** How many subtasks have none of them now. */
  async idleSubtasks(): Promise<number> {
    const { parallelism } = this.#share
    const files = await this.#inner.list(true)
    return idleSubtasks(
      parallelism,
      files.map(({ stats }) => ownerOf(stats!.ino, parallelism))
    )
  }
}

export function isOurs(inode: bigint, { subtask, parallelism }: Share): boolean {
  return ownerOf(inode, parallelism) === subtask
}

function ownerOf(inode: bigint, parallelism: number): number {
  return Number(inode % BigInt(parallelism))
}
