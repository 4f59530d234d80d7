import { expect, test } from '@jest/globals'
import { schemaChoice } from '../../../src/cli/schema-plan.js'
import { readSettings } from '../../../src/cli/settings.js'
import type { RegistrySettings } from '../../../src/schemas/registry.js'

const X = (...pairs: string[]): { property: { name: string; value: string }[] } => ({
  property: pairs.map((pair) => {
    const [name, ...value] = pair.split('=')
    return { name: name!, value: value.join('=') }
  })
})

async function registry(flags: object, env: NodeJS.ProcessEnv = {}): Promise<RegistrySettings | null> {
  return (await readSettings(flags, env)).settings.registry
}

test('where it is: flag, properties, environment', async () => {
  const env = { SCHEMA_REGISTRY_URL: 'http://env:1/' }
  const property = X('schema.registry.url=http://x:1')
  expect(await registry({ 'schema-registry': 'http://flag:1/a/', ...property }, env)).toMatchObject({
    urls: ['http://flag:1/a']
  })
  expect(await registry(property, env)).toMatchObject({ urls: ['http://x:1'] })
  expect(await registry({}, env)).toMatchObject({ urls: ['http://env:1'], authorization: null, register: true })
  expect(await registry({ 'schema-registry': 'a:1, https://b' })).toMatchObject({ urls: ['http://a:1', 'https://b'] })
  expect(await registry(X('basic.auth.user.info=a:b'))).toBeNull()
  await expect(registry({ 'schema-registry': 'ftp://secret@x' })).rejects.toMatchObject({
    line: '--schema-registry is no URL: as in http://localhost:8081'
  })
})

test('who we are', async () => {
  const url = 'schema.registry.url=http://u:p%40@x:1'
  const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`
  expect(await registry(X(url))).toMatchObject({ urls: ['http://x:1'], authorization: basic('u:p@') })
  expect(await registry(X(url, 'basic.auth.user.info=a:b', 'basic.auth.credentials.source=USER_INFO'))).toMatchObject({
    authorization: basic('a:b')
  })
  expect(await registry(X(url, 'schema.registry.basic.auth.user.info=c:d'))).toMatchObject({
    authorization: basic('c:d')
  })
  expect(await registry(X('schema.registry.url=x', 'bearer.auth.token=t'))).toMatchObject({ authorization: 'Bearer t' })
  await expect(registry(X(url, 'basic.auth.credentials.source=SASL_INHERIT'))).rejects.toMatchObject({
    line: '-X: basic.auth.credentials.source SASL_INHERIT is not supported: use USER_INFO or URL'
  })
  await expect(registry(X(url, 'bearer.auth.token=t', 'basic.auth.user.info=a:b'))).rejects.toThrow(
    'exclude each other'
  )
})

test('what is of the registry is used, and its secrets are not for ps', async () => {
  const given = X('schema.registry.url=x', 'basic.auth.user.info=a:b', 'auto.register.schemas=false')
  const { settings, notices } = await readSettings(given, {})
  expect(settings.registry).toMatchObject({ register: false })
  expect(notices).toEqual([expect.stringMatching(/^everybody on this machine can see basic\.auth\.user\.info in ps/)])
  await expect(registry(X('schema.registry.url=x', 'schema.registry.ssl.truststore.location=/no'))).rejects.toThrow(
    '-X: cannot read /no'
  )
})

test('which schema', () => {
  const none = { file: null, subject: null, version: null, message: null }
  expect(schemaChoice('')).toEqual(none)
  expect(schemaChoice('a.avsc')).toEqual({ ...none, file: 'a.avsc' })
  expect(schemaChoice('./a:1')).toEqual({ ...none, file: './a:1' })
  expect(schemaChoice('a.proto#x.Y')).toEqual({ ...none, file: 'a.proto', message: 'x.Y' })
  expect(schemaChoice('orders-value')).toEqual({ ...none, subject: 'orders-value' })
  expect(schemaChoice('orders-value:3#Y')).toEqual({ ...none, subject: 'orders-value', version: 3, message: 'Y' })
  expect(schemaChoice('orders-value:latest')).toEqual({ ...none, subject: 'orders-value' })
  expect(schemaChoice('#Y')).toEqual({ ...none, message: 'Y' })
  expect(() => schemaChoice('a.proto#')).toThrow("'a.proto#' names no message")
})
