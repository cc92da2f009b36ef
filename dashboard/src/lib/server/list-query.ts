/** Which rows of a list an address asks for, as the API is asked for them. */

/** Of the address's parameters those of these names that say something; `limit` rows at a time. */
export function listQuery(searchParams: URLSearchParams, names: readonly string[], limit = 50): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit) })
  for (const name of names) {
    const value = searchParams.get(name)
    if (value) query.set(name, value)
  }
  return query
}
