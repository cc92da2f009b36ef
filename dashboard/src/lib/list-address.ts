/** The addresses of a list that differ from the one that is shown in one filter, such as those of its chips. */

/** `value` null: without this one. A page of the list as it was filtered before makes no sense any more; what is asked about stands on its page. */
export function withFilter(url: Pick<URL, 'pathname' | 'search'>, name: string, value: string | null): string {
  const query = new URLSearchParams(url.search)
  for (const gone of ['did', 'retry', ...(name === 'retry' ? [] : ['cursor'])]) query.delete(gone)
  if (value === null) query.delete(name)
  else query.set(name, value)
  return query.size === 0 ? url.pathname : `${url.pathname}?${query}`
}

/** Keeps the address of a filtered list short: empty fields say nothing. */
export function dropEmpty({ formData }: FormDataEvent): void {
  for (const [name, value] of [...formData]) if (value === '') formData.delete(name)
}
