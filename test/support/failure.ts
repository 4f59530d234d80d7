/** The error that a promise is rejected with, which has to be one for the user. */
import { expect } from '@jest/globals'
import { FailedError } from '../../src/errors.js'

export async function failure(promise: Promise<unknown>): Promise<FailedError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  expect(error).toBeInstanceOf(FailedError)
  return error as FailedError
}
