/** A real browser without a window, for the pages that sluice makes. Not every machine has one. */
import { spawn, spawnSync } from 'node:child_process'
import { test } from '@jest/globals'
import { finished, succeeded } from './sluice.js'
import { Workdir } from './workdir.js'

const program = 'chromium'

/** For tests that look at pages. scripts/test.mjs installs the browser where it can, and says so where it cannot. */
export const testWithBrowser = spawnSync(program, ['--version']).status === 0 ? test : test.skip

/**
 * What a page has become after its scripts ran.
 * @param wait milliseconds of the page's own clock, which runs as fast as it can
 */
export async function renderedPage(url: string, wait = 2_000): Promise<string> {
  // As root there is no sandbox; /dev/shm is small in a container.
  const profile = `--user-data-dir=${new Workdir().path}`
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', profile]
  const child = spawn(program, [...options, `--virtual-time-budget=${wait}`, '--dump-dom', url])
  return succeeded(await finished(child)).stdout
}

/** The texts of the cells of a page's table, row by row. */
export function tableOf(page: string): string[][] {
  const [, body] = /<tbody[^>]*>(.*?)<\/tbody>/s.exec(page)!
  return [...body!.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell!.replace(/<[^>]*>/g, ''))
  )
}

/** The names of the series whose curves a page draws in its chart. */
export function curvesOf(page: string): string[] {
  return [...page.matchAll(/<path class="curve"[^>]* data-series="([^"]*)"/g)].map(([, name]) => name!).sort()
}
