// What a schema registry may answer besides what it should. A server of the test's own; a real one is in test/e2e.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type RequestListener, createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import type { SluiceError } from '../../../src/errors.js'
import { Registry, type RegistrySettings } from '../../../src/schemas/registry.js'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function serving(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(answer))}`
}

function registryAt(url: string, more: Partial<RegistrySettings> = {}): Registry {
  return new Registry({ ...{ urls: [url], authorization: null, tls: null, timeout: 5000, register: true }, ...more })
}

async function lineOf(failing: Promise<unknown>): Promise<string> {
  return failing.then(
    () => 'it did not fail',
    (error: SluiceError) => error.line
  )
}

test.each([
  [401, '', 'does not know us (401): set basic.auth.user.info=USER:PASSWORD or bearer.auth.token in a file for -F'],
  [403, '{"message":"no read"}', 'does not allow this (403: no read): check what the user may do'],
  [404, '{"title":"Not Found"}', 'does not answer as one (404): check --schema-registry'],
  [404, '<html>', 'does not answer as one (404): check --schema-registry'],
  [200, '<html>', 'does not answer as one (200): check --schema-registry'],
  [200, '{"id":5}', 'does not answer as one (200): check --schema-registry'],
  [500, '{"error_code":50001,"message":"no store"}', 'answered 500: no store']
])('%d %s', async (status, body, line) => {
  const url = await serving((_, response) => response.writeHead(status).end(body))
  expect(await lineOf(registryAt(url).schema(1))).toBe(`the schema registry ${url} ${line}`)
})

test('nobody is there, or nobody answers', async () => {
  const silent = await serving(() => undefined)
  const late = await lineOf(registryAt(silent, { timeout: 200 }).schema(1))
  expect(late).toBe(
    `the schema registry ${silent} cannot be reached (no answer within 200 ms): check --schema-registry, and whether it runs`
  )
  const port = await listening(createServer())
  await new Promise((resolve) => servers.pop()!.close(resolve))
  expect(await lineOf(registryAt(`http://127.0.0.1:${port}`).schema(1))).toContain('cannot be reached (ECONNREFUSED)')
})

test('of several addresses the first that can be reached', async () => {
  const url = await serving((_, response) => response.end('{"schema":"\\"long\\""}'))
  const registry = registryAt(url, { urls: ['http://127.0.0.1:1', url] })
  expect(await registry.schema(1)).toMatchObject({ id: 1, type: 'AVRO', text: '"long"', references: [] })
})

test('what is not there', async () => {
  const url = await serving((_, response) => response.writeHead(404).end('{"error_code":40403,"message":"none"}'))
  const registry = registryAt(url)
  expect(await registry.schema(1)).toBeUndefined()
  expect(await registry.lookUp('s', { type: 'AVRO', text: '' })).toBeUndefined()
  const advice = 'check the name, or register a schema: --schema FILE'
  expect(await lineOf(registry.version('s', null))).toBe(`the schema registry ${url} has no subject s: ${advice}`)
  expect(await lineOf(registry.version('s', 3))).toBe(
    `the schema registry ${url} has no version 3 of subject s: ${advice}`
  )
})

test('what is asked: names are escaped, the user is known, references come behind what they refer to', async () => {
  const asked: string[] = []
  const url = await serving(({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers.authorization}`)
    const refer = (...subjects: string[]): object[] =>
      subjects.map((subject) => ({ name: `${subject}.proto`, subject, version: 1 }))
    const references: Record<string, object[]> = {
      '/subjects/a%2Fb/versions/2': refer('c', 'd'),
      '/subjects/c/versions/1': refer('d')
    }
    const schema = { id: 9, version: 2, schema: url, schemaType: 'PROTOBUF', references: references[url!] }
    response.end(JSON.stringify(schema))
  })
  const schema = await registryAt(url, { authorization: 'Bearer x' }).version('a/b', 2)
  expect(schema.references.map(({ name }) => name)).toEqual(['d.proto', 'c.proto'])
  expect(asked).toEqual(
    ['a%2Fb/versions/2', 'c/versions/1', 'd/versions/1'].map((path) => `GET /subjects/${path} Bearer x`)
  )
})

test('its certificate is of a CA of its own', async () => {
  const [pem, ca] = ['broker-keystore', 'ca'].map((name) => readFileSync(`test/fixtures/tls/${name}.pem`, 'utf8'))
  const answer: RequestListener = (_, response) => response.end('{"schema":"x"}')
  const url = `https://localhost:${await listening(createSecureServer({ key: pem, cert: pem }, answer))}`
  expect(await registryAt(url, { tls: { ca } }).schema(1)).toMatchObject({ text: 'x' })
  expect(await lineOf(registryAt(url).schema(1))).toMatch(
    /cannot be reached \(.*certificate.*\): name who signed it with schema\.registry\.ssl\.truststore\.location or \.certificates$/
  )
})
