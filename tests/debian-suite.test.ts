import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sourceOfSuite } from './debian-suite.mjs'

const bookworm = 'ID=debian\nVERSION_CODENAME=bookworm\n'

function withSources(files: Readonly<Record<string, string>>, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-apt-'))
  try {
    mkdirSync(join(folder, 'sources.list.d'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('another suite has the mirror and the keys of the machine’s own, however those are written', () => {
  const stanzas = [
    'Types: deb\nURIs: https://mirror.example/security\nSuites: bookworm-security\nComponents: main\n',
    '# ours\nTypes: deb\nURIs: https://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /keys.gpg\n',
  ]
  const lines =
    '# old\ndeb-src https://mirror.example/src bookworm main\ndeb [signed-by=/keys.gpg] https://mirror.example/debian bookworm main contrib\n'
  const wanted = 'Types: deb\nURIs: https://mirror.example/debian\nSuites: sid\nComponents: main\nSigned-By: /keys.gpg\n'

  for (const files of [{ 'sources.list.d/debian.sources': stanzas.join('\n') }, { 'sources.list': lines }])
    withSources(files, (folder) => assert.equal(sourceOfSuite('sid', folder, bookworm), wanted))
})

test('a system that is no Debian, or names no source, is told so', () => {
  withSources({}, (folder) => {
    assert.throws(() => sourceOfSuite('sid', folder, 'ID=ubuntu\nVERSION_CODENAME=noble\n'), /for Debian/)
    assert.throws(() => sourceOfSuite('sid', folder, bookworm), /no source of bookworm/)
  })
})
