/** Any value of the rules as a person reads it: texts as they are, lists with commas, the rest as JSON. */
export function asText(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  if (Array.isArray(value)) {
    const items = value.map(asText).filter((item) => item !== null)
    return items.length === 0 ? null : items.join(', ')
  }
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}
