/** Processes whose clock is wrong: libfaketime stands between them and the real one, and can be told another time while they run. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface WrongClock {
  /** For the process whose clock it is. */
  readonly variables: Readonly<Record<string, string>>
  /** By so many seconds it is ahead from now on. */
  set(seconds: number): void
}

/** @param folder where its time stands. Throws, naming the package, when the library is missing. */
export function openWrongClock(folder: string, seconds: number): WrongClock {
  const file = join(folder, 'faketime')
  const set = (ahead: number) => writeFileSync(file, `${ahead < 0 ? '' : '+'}${ahead}`)
  set(seconds)
  return {
    set,
    variables: {
      LD_PRELOAD: findLibrary(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // Timers go by the monotonic clock, which is right.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  }
}

function findLibrary(): string {
  const roots = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
  for (const folder of roots.map((root) => join(root, 'faketime')))
    if (filesIn(folder).includes('libfaketime.so.1')) return join(folder, 'libfaketime.so.1')
  throw new Error('libfaketime not found: apt-get install faketime')
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
