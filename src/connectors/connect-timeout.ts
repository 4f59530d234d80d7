/** Milliseconds that a client has for its connection, login included: what `--connect-timeout` is by default. */
export const CONNECT_TIMEOUT = 10_000
