#!/usr/bin/env node
// The start and the only exit. Nothing but node: is imported here, and main.js not before the version check: static
// imports are resolved first, and Node 20 would fail in them with a stack trace (named imports that it lacks, too).
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `sluice: needs Node 22.15 or newer (this is ${process.version}): update Node, or put a newer one first in PATH\n`
  )
  process.exit(1)
}
module.enableCompileCache()
// A developer's shell often has it, and oclif would then look for TypeScript sources.
delete process.env.NODE_ENV

const { main, report } = await import('../dist/main.js')
process.on('uncaughtException', async (error) => leave(await report(error)))
process.on('beforeExit', async () => leave(await report(new Error('it stopped with its work unfinished'))))
leave(await main(process.argv.slice(2)))

/** Ends the process, though something in the thread pool (a write to a full pipe, a name look-up) is still blocked. */
function leave(code) {
  // One turn later: the request in whose callback this is called still counts as active.
  setImmediate(() => {
    const blocked = process.getActiveResourcesInfo().some((kind) => /^(FSReq|GetAddrInfo)/.test(kind))
    // process.exit() would wait for it; a process that is replaced does not.
    if (blocked && process.execve)
      process.execve(process.execPath, [process.execPath, '-e', `process.exit(${code})`], {})
    process.exit(code)
  })
}
