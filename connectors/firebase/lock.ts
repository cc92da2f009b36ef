/**
 * One change of a user at a time: Firebase replaces all claims of a user at once, so two changes that read and write them together would lose one.
 * Other processes are kept apart by the gateway itself, which gives an identity one request at a time.
 */
export interface Lock {
  <Result>(key: string, work: () => Promise<Result>): Promise<Result>
}

export function createLock(): Lock {
  const last = new Map<string, Promise<unknown>>()
  return async function lock(key, work) {
    const before = last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
