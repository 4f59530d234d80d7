/**
 * Errors about a record say where it stands: in a topic, or in a text.
 */
import { FailedError, type Place } from '../errors.js'
import type { Records } from './records.js'

/** The error with the place of the cursor's record in front, unless it says that already. */
export function locatedAt(records: Records, error: FailedError): FailedError {
  const { topic, partition, file, line } = records
  if (file !== '') return at(`${file}:${line}`, { file, line }, error)
  if (topic === '' || error.place.offset !== undefined) return error
  const offset = records.offset()
  return at(`${topic} [${partition}] at offset ${offset}`, { topic, partition, offset }, error)
}

function at(where: string, place: Place, error: FailedError): FailedError {
  return new FailedError(`${where}: ${error.message}`, error.advice, {
    cause: error,
    place: { ...error.place, ...place }
  })
}
