/** Which sluice this is, and on what it runs. Loads nothing, since `--version` is to cost what Node costs. */
import { readFileSync } from './node-fs.js'

/** @param root the package's folder, with a slash behind it */
export function versionLine(root: string): string {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
  return `sluice ${version} ${process.platform}-${process.arch} node-${process.version}`
}
