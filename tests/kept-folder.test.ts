import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './harness/daemon.ts'
import { keptFolder } from './kept-folder.mjs'

function withFolder(use: (folder: string) => void): void {
  const folder = temporaryFolder('kept', null)
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('what is kept is made once', () => {
  withFolder((folder) => {
    let times = 0
    const make = (made: string) => {
      times += 1
      mkdirSync(made)
      writeFileSync(join(made, 'content'), String(times))
    }

    const homes = [1, 2].map(() => keptFolder('thing', 'Making a thing', make, { folder }))

    assert.deepEqual([times, homes[0] === homes[1]], [1, true])
    assert.deepEqual(readdirSync(join(folder, 'thing')).toSorted(), ['content', 'made'])
  })
})

test('what could not be made whole leaves nothing, and is made anew the next time', () => {
  withFolder((folder) => {
    const half = (made: string) => {
      mkdirSync(made)
      throw new Error('no room')
    }

    assert.throws(() => keptFolder('thing', 'Making a thing', half, { folder }), /no room/)

    assert.deepEqual(readdirSync(folder), [])
    keptFolder('thing', 'Making a thing', (made) => mkdirSync(made), { folder })
    assert.deepEqual(readdirSync(folder), ['thing'])
  })
})

test('a folder that another run finished meanwhile is taken, and one that it left half made is replaced', () => {
  withFolder((folder) => {
    const home = join(folder, 'thing')
    const slow = (made: string) => {
      mkdirSync(home)
      writeFileSync(join(home, 'made'), 'theirs')
      mkdirSync(made)
    }
    mkdirSync(join(folder, 'half'))

    keptFolder('thing', 'Making a thing', slow, { folder })
    keptFolder('half', 'Making a thing', (made) => mkdirSync(made), { folder })

    assert.deepEqual([readdirSync(home), readdirSync(join(folder, 'half'))], [['made'], ['made']])
  })
})
