import { describe, expect, test } from '@jest/globals'
import { causeIn } from '../../../src/sandbox/runtime.js'

describe('the line that says what went wrong', () => {
  test.each([
    [
      'the innermost exception that has a message',
      `2026-01-02 03:04:05,678 ERROR Kafka$ - Exiting Kafka due to fatal exception during startup.
java.lang.RuntimeException: Unable to start
\tat kafka.Kafka$.main(Kafka.scala:110)
Caused by: java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind(Net.java:555)
Caused by: java.util.concurrent.CancellationException
2026-01-02 03:04:05,700 INFO Kafka$ - shutting down`,
      'BindException: Address already in use'
    ],
    [
      "a tool's",
      'Exception in thread "main" org.apache.kafka.common.config.ConfigException: Invalid value x\n\tat a.B.c(B.java:1)\n',
      'ConfigException: Invalid value x'
    ],
    [
      'an error without an exception',
      '2026-01-02 03:04:05,678 ERROR X - no disk\n2026-01-02 03:04:06,1 INFO Y - bye',
      'ERROR X - no disk'
    ],
    ['the last line otherwise', 'first\nUnable to find image\n\n', 'Unable to find image'],
    ['that there is none', '\n', 'it said nothing']
  ])('is %s', (_, output, line) => expect(causeIn(output)).toBe(line))
})
