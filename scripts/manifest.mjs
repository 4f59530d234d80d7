// Writes oclif.manifest.json from the commands in dist. Runs on the project's Node, which dist needs; see build.mjs.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core/config'

const root = fileURLToPath(new URL('..', import.meta.url))
// Else oclif looks for TypeScript sources.
delete process.env.NODE_ENV

const plugin = new Plugin({ root, isRoot: true, type: 'core', ignoreManifest: true, errorOnManifestCreate: true })
await plugin.load()
writeFileSync(`${root}/oclif.manifest.json`, JSON.stringify(plugin.manifest))
