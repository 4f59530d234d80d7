/** `1 record`, `2 records`: how messages speak of numbers. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
