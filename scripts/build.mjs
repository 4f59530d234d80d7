// npm run build [-- --if-needed]: TypeScript → dist, oclif.manifest.json, from which sluice knows its commands without
// loading them, and the man pages. Each is complete or not there: dist is built aside and then put in its place.
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { changed, install, node, root, run } from './toolchain.mjs'

const dist = join(root, 'dist')
const aside = join(root, '.cache', 'dist')
const manifest = join(root, 'oclif.manifest.json')

function upToDate() {
  if (!existsSync(manifest) || !existsSync(dist)) return false
  const files = readdirSync(join(root, 'src'), { recursive: true }).map((name) => join(root, 'src', name))
  // Folders too: they change when a file is removed.
  const sources = [
    ...files,
    join(root, 'src'),
    ...['package.json', 'tsconfig.json', 'scripts/man.mjs', 'scripts/man-text.mjs'].map((name) => join(root, name))
  ]
  return sources.every((file) => changed(file) < changed(manifest))
}

install()
if (!process.argv.includes('--if-needed') || !upToDate()) {
  console.log('building …')
  rmSync(aside, { recursive: true, force: true })
  run(node, ['node_modules/typescript/bin/tsc', '-p', '.', '--outDir', aside])
  rmSync(manifest, { force: true })
  rmSync(dist, { recursive: true, force: true })
  renameSync(aside, dist)
  run(node, ['scripts/manifest.mjs'])
  run(node, ['scripts/man.mjs', 'scripts/man-text.mjs'])
  chmodSync(join(root, 'bin', 'run.js'), 0o755)
}
