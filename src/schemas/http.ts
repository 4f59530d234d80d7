/** One request to a schema registry, with an end to it. */
import { ask, jsonOf } from '../http-client.js'
import type { RegistrySettings } from './registry.js'

export interface Answer {
  status: number
  /** What its JSON says; null: it is none. */
  body: unknown
  /** Whether it is a registry's word: an error that has a code, or no error. */
  isOfRegistry: boolean
  /** What the registry says of an error; else ''. */
  message: string
}

const TYPE = 'application/vnd.schemaregistry.v1+json'

export interface Request extends Pick<RegistrySettings, 'authorization' | 'tls' | 'timeout'> {
  method: string
  body: string | undefined
}

/** The answer; or why there is none. */
export async function send(url: string, request: Request): Promise<Answer | string> {
  const { authorization, body } = request
  const headers = {
    accept: `${TYPE}, application/json`,
    ...(body === undefined ? {} : { 'content-type': TYPE }),
    ...(authorization === null ? {} : { authorization })
  }
  try {
    const answer = await ask(new URL(url), { ...request, headers })
    return answerOf(answer.status, jsonOf(answer.body))
  } catch (error) {
    return (error as Error).message
  }
}

function answerOf(status: number, body: unknown): Answer {
  const { message, error_code: code } = (body ?? {}) as { message?: unknown; error_code?: unknown }
  const isOfRegistry = body !== null && (status === 200 || typeof code === 'number')
  return { status, body, isOfRegistry, message: typeof message === 'string' ? message : '' }
}
