/**
 * node:fs for what `--version` and `--help` load. Imported in the usual way it brings its promises and streams along, 34
 * of Node's modules, which is a sixth of Node's own start; who moves records needs those anyway.
 */
export const { existsSync, readFileSync, write, writeSync } = process.getBuiltinModule('node:fs')
