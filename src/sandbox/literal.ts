/** Text for a .properties file, which Java reads as Latin-1 with backslashes for escapes. */
export function literal(text: string): string {
  const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replaceAll('\\', '\\\\').replace(/[^\x20-\x7e]/g, code)
}
