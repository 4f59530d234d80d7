/**
 * Keeps kafkajs from loading its SASL side before a connection uses it: with the requests behind it that is 55 of the 74
 * files below its connection, and two thirds of the time that all of them take to load. To be imported before them.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const path = require.resolve('kafkajs/src/broker/saslAuthenticator/index.js')

type Authenticator = new (...args: unknown[]) => object
let loaded: Authenticator | undefined

/** Stands in for kafkajs's class of this name. */
class SASLAuthenticator {
  constructor(...args: unknown[]) {
    return new (loaded ??= load())(...args)
  }
}

function load(): Authenticator {
  delete require.cache[path]
  return require(path) as Authenticator
}

// As if it had been loaded already: Node looks here first.
require.cache[path] ??= Object.assign(Object.create(null), {
  id: path,
  filename: path,
  loaded: true,
  exports: SASLAuthenticator
}) as NodeJS.Module
