/**
 * Builds the dashboard into `build/handler.js`, a plain node:http handler that the server mounts. The build downloads nothing:
 * fonts come from packages, messages from `messages/`.
 */
import adapter from '@sveltejs/adapter-node'
import { lezer } from '@lezer/generator/rollup'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import { messages } from './messages/plugin.ts'

const apiUrl = process.env['PASSERELLE_API_URL'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [
    messages(),
    lezer(),
    tailwindcss(),
    sveltekit({
      adapter: adapter(),
      compilerOptions: { runes: true },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // The one style attribute there is: kit's invisible route announcer. Its hash changes when kit changes it.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          'connect-src': ['self'],
          'worker-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
      // Updates are noticed through the version header of each answer; polling would be noise in the operator's logs.
      version: { pollInterval: 0 },
    }),
  ],
  build: { assetsInlineLimit: 0 },
  worker: { format: 'es' },
  server: { proxy: { '/api': apiUrl, '/queues': apiUrl } },
})
