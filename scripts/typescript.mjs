// Lets a script import the sources, and what tests have in common, without a build: Node strips the types.
import { existsSync } from 'node:fs'
import * as module from 'node:module'

/** The sources import each other as `.js`, which is what they become; from now on such an import finds the source. */
export function importSources() {
  module.registerHooks({
    resolve(specifier, context, next) {
      const isOurs = /^\..*\.js$/.test(specifier) && !context.parentURL.includes('/node_modules/')
      const source = isOurs && new URL(specifier.replace(/js$/, 'ts'), context.parentURL)
      return next(source && existsSync(source) ? source.href : specifier, context)
    }
  })
}
