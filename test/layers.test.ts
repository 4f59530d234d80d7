// The layers of src: imports point down only (docs: how it is built). A folder may import what stands beside it here,
// errors.ts, nearest.ts, counted.ts, http-client.ts and endpoint-module.ts; types may come from any layer below.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const layers: Record<string, string[]> = {
  conformance: ['cli', 'jobs', 'endpoints', 'flow', 'records'],
  main: ['cli', 'commands', 'completion'],
  completion: ['cli', 'jobs'],
  'pipe-thread': ['cli', 'jobs'],
  commands: ['cli', 'jobs'],
  // What is typed is turned into the layers' own options, so their types are known here.
  cli: ['connectors'],
  jobs: ['connectors', 'flow', 'endpoints', 'formats', 'kafka', 'sandbox', 'schemas'],
  endpoints: ['flow', 'formats', 'kafka', 'records'],
  flow: ['records'],
  formats: ['records'],
  kafka: ['records'],
  sandbox: [],
  schemas: ['records'],
  // Built as anybody's own endpoint is, on the interface alone; lookups have theirs in endpoints (eslint.config.mjs).
  connectors: ['endpoints', 'formats'],
  records: []
}
const everyone = ['errors', 'nearest', 'counted', 'endpoint-module', 'http-client', 'write-error']

/** Packages, and who may import them. */
const packages: Record<string, string[]> = {
  '@redis/client': ['connectors'],
  '@oclif/core': ['main', 'cli', 'commands'],
  '@node-rs/crc32': ['records'],
  '@platformatic/wasm-utils': ['records'],
  ajv: ['schemas'],
  amqplib: ['connectors'],
  avsc: ['schemas'],
  'cli-table3': ['cli'],
  'csv-parse': ['cli'],
  'csv-stringify': ['cli', 'formats'],
  kafkajs: ['kafka'],
  mysql2: ['connectors'],
  ora: ['cli'],
  pg: ['connectors'],
  protobufjs: ['schemas'],
  'smol-toml': ['cli']
}

interface Import {
  file: string
  /** The folder of src that the file is in. */
  from: string
  /** A file of src without its extension, a package, or node:…. */
  to: string
  typeOnly: boolean
}

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  const pattern =
    /^(?:import|export)( type)?\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)|\brequire(?:\.resolve)?\('([^']+)'\)/gm
  return [...text.matchAll(pattern)].map(([, type, ...names]) => {
    const name = names.find((found) => found !== undefined)!
    const to = name.startsWith('.') ? normalize(join(dirname(file), name)).replace(/\.js$/, '') : name
    return { file, from: layerOf(file.replace(/\.ts$/, '')), to, typeOnly: type !== undefined }
  })
}

function layerOf(path: string): string {
  return path.split('/')[0]!
}

function below(layer: string): string[] {
  return (layers[layer] ?? []).flatMap((lower) => [lower, ...below(lower)])
}

function allowed({ from, to, typeOnly }: Import): boolean {
  const layer = layerOf(to)
  if (layer === from || everyone.includes(to)) return true
  return typeOnly
    ? from === 'cli'
      ? layer !== 'commands' && layer !== 'main'
      : below(from).includes(layer)
    : (layers[from] ?? []).includes(layer)
}

const shown = ({ file, to }: Import): string => `${file} → ${to}`
const isFile = ({ to }: Import): boolean => !/^(node:|@)/.test(to) && files.includes(`${to}.ts`)

test('every folder of src is a layer', () => {
  const folders = files.map((file) => layerOf(file.replace(/\.ts$/, '')))
  expect(folders.filter((folder) => !Object.hasOwn(layers, folder) && !everyone.includes(folder))).toEqual([])
  expect(imports.length).toBeGreaterThan(100)
})

test('imports point down', () => {
  expect(imports.filter((found) => isFile(found) && !allowed(found)).map(shown)).toEqual([])
})

test('packages are imported where they belong, and oclif by subpath', () => {
  const wrong = imports.filter(({ from, to, ...found }) => {
    if (to.startsWith('node:') || isFile({ from, to, ...found })) return false
    const name = Object.keys(packages).find((known) => to === known || to.startsWith(`${known}/`))
    return name === undefined || !packages[name]!.includes(from) || to === '@oclif/core'
  })
  expect(wrong.map(shown)).toEqual([])
})

test('nothing below cli knows the process or a terminal', () => {
  const lower = files.filter(
    (file) => !['main', 'pipe-thread', 'cli', 'commands'].includes(layerOf(file.replace(/\.ts$/, '')))
  )
  const wrong = lower.filter((file) =>
    /\bprocess\.(env|argv|std\w+|exit|on|once)\b|\bconsole\./.test(readFileSync(join(src, file), 'utf8'))
  )
  expect(wrong).toEqual([])
})
