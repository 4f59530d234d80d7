// npm run lint: ESLint, Prettier and the type checker over everything; all of them, also when the first one complains.
import { attempt, install, node } from './toolchain.mjs'

install()
const tools = [
  ['eslint/bin/eslint.js', '.'],
  ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['typescript/bin/tsc', '-p', '.', '--noEmit'],
  ['typescript/bin/tsc', '-p', 'test']
]
const failed = tools.filter(([tool, ...args]) => attempt(node, [`node_modules/${tool}`, ...args]) !== 0)
for (const [tool, ...args] of failed) console.error(`failed: ${[tool, ...args].join(' ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
