#!/usr/bin/env node
// sluice as the sources are now: builds when they changed, then runs. (Node cannot strip their types as it goes: they
// import each other as .js.)
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))
// stdout is the command's alone.
const { status } = spawnSync(process.execPath, [build, '--if-needed'], { stdio: ['ignore', 2, 2] })
if (status !== 0) process.exit(status ?? 1)

await import('./run.js')
