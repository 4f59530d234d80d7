/**
 * The page with the curves: pages/lag.html with its data in it, or with the address from which it takes them. It loads
 * nothing else, so that it can be mailed, archived and opened without a network.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { writeError } from '../write-error.js'
import type { HistoryData } from './lag-history.js'

const template = fileURLToPath(new URL('../../pages/lag.html', import.meta.url))
const slot = /(<script id="data" type="application\/json">).*?(<\/script>)/s

/** @param source the history itself, or where the page asks for it over and over */
export async function lagPage(source: HistoryData | { url: string }): Promise<string> {
  // No `<` may end the script, nor begin a comment in it.
  const json = JSON.stringify(source).replaceAll('<', '\\u003c')
  return (await readFile(template, 'utf8')).replace(slot, (_, open: string, close: string) => open + json + close)
}

/** Puts the page in its place in one step, so that it can be opened at any time. */
export async function writeLagPage(path: string, data: HistoryData): Promise<void> {
  const aside = `${path}.next`
  try {
    await writeFile(aside, await lagPage(data))
    await rename(aside, path)
  } catch (error) {
    throw writeError(`cannot write ${path}`, error, path)
  }
}
