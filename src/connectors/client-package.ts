/**
 * Client libraries of connectors: optional, and found beside sluice or in the folder that it is used in, as `npm install -g`
 * and `npm install` put them there.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FailedError } from '../errors.js'

/** Where a package is. @throws FailedError that says what to install */
export function findPackage(name: string, folders = [import.meta.dirname, resolve()]): string {
  for (const folder of folders) {
    try {
      return createRequire(resolve(folder, 'any.js')).resolve(name)
    } catch {
      // It may be in the next.
    }
  }
  throw new FailedError(`needs the package ${name}`, `npm install -g ${name}`)
}

/** Its module, as `import` gives it. @throws FailedError that says what to install */
export async function importPackage<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(findPackage(name)).href)) as Module
}

/** @param scheme whose client it is @throws FailedError that says what to install */
export function requirePackage(scheme: string, name: string): void {
  try {
    findPackage(name)
  } catch (error) {
    throw new FailedError(`${scheme}: ${(error as Error).message}`, (error as FailedError).advice, { cause: error })
  }
}
