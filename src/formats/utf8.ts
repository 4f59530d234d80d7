/**
 * UTF-8, exactly as Unicode defines it (Unicode 16, table 3-7): no overlong forms, no surrogates, nothing above
 * U+10FFFF, nothing cut off. What fails here is written as base64 rather than with U+FFFD in it.
 */

/** The length of the well-formed sequence at `at`, 1 to 4; 0 where there is none before `end`. */
export function sequenceLength(bytes: Buffer, at: number, end: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4 || at + 1 >= end) return 0
  const second = bytes[at + 1]!
  if (first < 0xe0) return isContinuation(second) ? 2 : 0
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest || at + 2 >= end || !isContinuation(bytes[at + 2]!)) return 0
  if (first < 0xf0) return 3
  return at + 3 < end && isContinuation(bytes[at + 3]!) ? 4 : 0
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
