/** The header Retry-After: seconds, or a date (RFC 9110, section 10.2.3). Pure. */

/** Milliseconds from `now`, of the clock; 0 where it says nothing. */
export function retryAfter(value: string | undefined, now: number): number {
  if (value === undefined) return 0
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? 0 : Math.max(0, date - now)
}
