/** Numbers as people read them on a terminal. Pure, and the same in every locale. */

/** `1234567` → `1,234,567`. */
export function whole(number: number): string {
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Milliseconds → `5s`, `3m05s`, `2h00m`. */
export function interval(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)]
  const two = (part: number): string => String(part % 60).padStart(2, '0')
  if (hours > 0) return `${hours}h${two(minutes)}m`
  return minutes > 0 ? `${minutes}m${two(seconds)}s` : `${seconds}s`
}
