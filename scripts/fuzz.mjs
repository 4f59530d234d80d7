// npm run fuzz [-- --cases N] [--seed S]: every fuzzer, for longer than the unit tests let them. The same seed gives the
// same cases. They run on the sources, so nothing has to be built: Node strips the types.
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { install, node, run } from './toolchain.mjs'

const TYPESCRIPT = '--experimental-transform-types'

if (process.execArgv.includes(TYPESCRIPT)) {
  const { cases, seed } = parseArgs({
    options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string' } }
  }).values
  await fuzz(Number(cases), Number(seed ?? Date.now() % 1_000_000))
} else {
  install()
  run(node, [
    TYPESCRIPT,
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2)
  ])
}

async function fuzz(cases, seed) {
  if (!(cases > 0) || !Number.isInteger(seed)) throw new Error('--cases and --seed are to be numbers')
  // The sources import each other as `.js`, which is what they become.
  module.registerHooks({
    resolve(specifier, context, next) {
      const source = specifier.startsWith('.') && new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
      return next(source && existsSync(source) ? source.href : specifier, context)
    }
  })
  const { fuzzRecords } = await import('../test/fuzz/records.ts')
  const { fuzzFormats } = await import('../test/fuzz/formats.ts')
  for (const [name, run] of Object.entries({ fuzzRecords, fuzzFormats })) {
    const start = Date.now()
    await run(cases, seed)
    console.log(`${name}: ${cases} cases of seed ${seed} in ${Math.round((Date.now() - start) / 1000)} s`)
  }
}
