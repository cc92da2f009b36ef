/** Where to go back to after a form: only a path of this dashboard, so that a crafted link cannot send people elsewhere. */
export function localPath(value: unknown, fallback = '/requests'): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return fallback
  const base = 'http://dashboard.invalid'
  try {
    const url = new URL(value, base)
    return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search : fallback
  } catch {
    return fallback
  }
}
