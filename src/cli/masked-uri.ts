/**
 * Passwords in what is typed as an endpoint: `redis://user:secret@host/stream`, `https://host/path?api_key=secret`. Nothing
 * that is shown has them. Pure.
 */

/** The name of a user and `:`, then everything up to the last `@` before the options; a port is no password. */
const userinfo = /^([a-z][a-z0-9+.-]*:\/\/[^:@/?]*):(?!\d+\/)([^?]*)@/i

/** Of a URL's own query, what its name says to be secret. */
const parameter = /([?&](?:[^=&]*(?:apikey|token|secret|password|signature|[-_.]key|[-_.]sig)|key|sig)=)([^&]+)/gi

/** The text with `***` for the password. */
export function maskedUri(text: string): string {
  const { url, options } = parts(text)
  const hidden = url.replace(userinfo, '$1:***@')
  return (isUrl(url) ? hidden.replace(parameter, '$1***') : hidden) + options
}

/** The password, and what else is secret, as it was typed and decoded; none: an empty list. */
export function passwordsIn(text: string): string[] {
  const { url } = parts(text)
  const [, , password = ''] = userinfo.exec(url) ?? []
  const others = isUrl(url) ? [...url.matchAll(parameter)].map(([, , secret]) => secret!) : []
  return [password, ...others].flatMap((secret) => (secret === '' ? [] : [...new Set([secret, decoded(secret)])]))
}

function isUrl(text: string): boolean {
  return /^https?:/.test(text)
}

/** In a URL, whatever stands behind a number sign is an option. */
function parts(text: string): { url: string; options: string } {
  const [, url = text, options = ''] = (isUrl(text) && /^([^#]*)(#.*)$/s.exec(text)) || []
  return { url, options }
}

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret)
  } catch {
    return secret
  }
}
