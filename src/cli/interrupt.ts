/**
 * SIGINT and SIGTERM: the first aborts one AbortSignal, so that a command ends in order (what was read is flushed and
 * committed) with 130 or 143; the second ends the process at once. One for the process, as signals are.
 */
const controller = new AbortController()
let received: 'SIGINT' | 'SIGTERM' | undefined

/** Aborted by the first SIGINT or SIGTERM. */
export const interruption: AbortSignal = controller.signal

/** The exit code that the signal asks for, once one came. */
export function interruptedCode(): number | undefined {
  return received && { SIGINT: 130, SIGTERM: 143 }[received]
}

export function watchSignals(): void {
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
}

function onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
  received ??= signal
  controller.abort()
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  // Without a handler a second signal has its default effect, even while a write to a full pipe is blocked:
  // process.exit() would wait for that write.
}
