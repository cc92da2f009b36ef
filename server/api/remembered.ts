/** For questions that many ask at the same time, and whose answer may be a moment old. */

const rememberMs = 1_000

/** Asks at most once a second, and once at a time. */
export function remembered<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: { readonly value: Promise<Value>; readonly until: number } | null = null
  return () => {
    if (known !== null && known.until > Date.now()) return known.value
    const value = ask()
    known = { value, until: Date.now() + rememberMs }
    value.catch(() => {
      known = null
    })
    return value
  }
}
