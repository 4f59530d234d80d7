/** Whether a value is JSON. Pure. */
import { isUtf8 } from 'node:buffer'

export function isJson(value: Buffer): boolean {
  try {
    JSON.parse(value.toString())
    return isUtf8(value)
  } catch {
    return false
  }
}
