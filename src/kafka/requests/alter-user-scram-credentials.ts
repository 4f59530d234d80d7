/**
 * AlterUserScramCredentials: gives users a password for SCRAM, salted before it is sent (KIP-554).
 * https://kafka.apache.org/protocol#The_Messages_AlterUserScramCredentials
 *
 * AlterUserScramCredentials Request => [deletions] [upsertions] TAG_BUFFER (0)
 *   upsertions => name mechanism iterations salt salted_password TAG_BUFFER (0)
 * AlterUserScramCredentials Response => throttle_time_ms [results] TAG_BUFFER (0)
 *   results => user error_code error_message TAG_BUFFER (0)
 */
import type { Api } from '../request.js'

export interface ScramCredential {
  user: string
  /** 1: SCRAM-SHA-256, 2: SCRAM-SHA-512. */
  mechanism: 1 | 2
  iterations: number
  salt: Buffer
  /** PBKDF2 of the password. */
  saltedPassword: Buffer
}

export interface AlterUserScramCredentialsResult {
  throttle: number
  users: { user: string; errorCode: number; errorMessage: string | null }[]
}

export const alterUserScramCredentialsApi: Api<readonly ScramCredential[], AlterUserScramCredentialsResult> = {
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: [0, 0],
  since: '2.7',
  flexibleFrom: 0,

  encode(credentials, to) {
    to.array([], () => undefined).array(credentials, ({ user, mechanism, iterations, salt, saltedPassword }) => {
      to.string(user).int8(mechanism).int32(iterations).reference(salt).reference(saltedPassword).tags()
    })
    to.tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    users: from.array(() => {
      const result = { user: from.string(), errorCode: from.int16(), errorMessage: from.nullableString() }
      from.tags()
      return result
    })
  })
}
