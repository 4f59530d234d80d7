import js from '@eslint/js'
import ts from 'typescript-eslint'

const kafkajsOnlyInKafka = {
  patterns: [
    { group: ['kafkajs', 'kafkajs/*'], message: 'Only src/kafka/wire.ts reaches kafkajs.' },
    { regex: '^@oclif/core$', message: 'Import oclif by subpath: the index costs 12 ms at start-up.' }
  ]
}

export default ts.config(
  { ignores: ['dist/', '.cache/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', kafkajsOnlyInKafka],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' }]
    }
  },
  {
    files: ['src/connectors/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex:
                '^(\\.\\./)+(?!\\.\\./|client-package|connect-timeout|endpoint-module|errors|counted|endpoints/keyed-lookup|endpoints/message-text|formats/record-template|http-client|patience|tls-files)',
              message: 'A connector knows its interfaces and errors alone.'
            }
          ]
        }
      ]
    }
  },
  { files: ['src/kafka/**', 'test/support/**', 'scripts/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', '@typescript-eslint/require-await': 'off' }
  },
  {
    files: ['**/*.mjs', 'bin/*.js'],
    ...ts.configs.disableTypeChecked,
    languageOptions: {
      ...ts.configs.disableTypeChecked.languageOptions,
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setImmediate: 'readonly'
      }
    },
    rules: { ...ts.configs.disableTypeChecked.rules, 'no-console': 'off' }
  }
)
