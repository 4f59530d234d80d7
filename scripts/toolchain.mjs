// What every script here begins with: dependencies as the lock file says, and the Node that comes with them (`node`).
// The scripts themselves run on whatever Node npm runs on, 20 or newer, with nothing installed yet.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Node 24, a development dependency. */
export const node = join(root, 'node_modules', '.bin', 'node')

/** Runs `npm ci` unless that was done since the lock file changed. */
export function install() {
  const done = join(root, 'node_modules', '.package-lock.json')
  if (existsSync(done) && existsSync(node) && changed(done) >= changed(join(root, 'package-lock.json'))) return
  console.log('installing dependencies (npm ci) …')
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Builds dist and the manifest unless they are newer than every source. */
export function build() {
  run(node, ['scripts/build.mjs', '--if-needed'])
}

/** Runs a program in the project's folder, its output shown; ends this script when it fails. */
export function run(program, args) {
  const status = attempt(program, args)
  if (status === 0) return
  console.error(`failed (exit ${status}): ${[program, ...args].join(' ')}`)
  process.exit(1)
}

/** The same, but gives the exit code; 127 when there is no such program. */
export function attempt(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options })
  return error ? 127 : (status ?? 1)
}

/** Milliseconds since the epoch. */
export function changed(path) {
  return statSync(path).mtimeMs
}
