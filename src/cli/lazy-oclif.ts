/**
 * Keeps oclif from loading what only its own help, errors and plugins need, which is more than half of it: a command that
 * runs has no use for it. To be imported before oclif.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const lib = dirname(require.resolve('@oclif/core/command'))

for (const name of ['config/index', 'errors/handle', 'help/index', 'help/util', 'ux/index', 'ux/theme']) {
  const path = join(lib, `${name}.js`)
  // As if it had been loaded already: Node looks here first.
  require.cache[path] ??= Object.assign(Object.create(null), {
    id: path,
    filename: path,
    loaded: true,
    exports: standIn(path)
  }) as NodeJS.Module
}

/** Has what the module has, and loads it when one looks. */
function standIn(path: string): object {
  let loaded: Record<string | symbol, unknown> | undefined
  const load = (): Record<string | symbol, unknown> => {
    if (loaded) return loaded
    delete require.cache[path]
    return (loaded = require(path) as Record<string | symbol, unknown>)
  }
  return new Proxy({ __esModule: true }, { get: (own, name) => (name in own ? true : load()[name]) })
}
