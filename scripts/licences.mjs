// npm run licences: writes THIRD_PARTY.md, the licences of all packages that come with an installed sluice, as
// generate-license-file finds them. To be run when a dependency changes; test/manifest.test.ts tells when it was not.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install, root, run } from './toolchain.mjs'

const file = join(root, 'THIRD_PARTY.md')

install()
run('npx', [
  ...['--yes', 'generate-license-file@4.2.5', '--input', 'package.json', '--output', file, '--overwrite', '--ci']
])
// Its own head says where that tool comes from, nothing of the packages.
const text = readFileSync(file, 'utf8').replace(/^.*\n.*\n/, '# Licences of the packages that sluice uses\n')
writeFileSync(file, text)
