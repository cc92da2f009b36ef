/** The text of a form's field; the empty text when it is absent, or is a file that somebody sent in its place. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** The texts of some fields. A browser sends line breaks as CR LF; documents have LF. */
export function formTexts<Name extends string>(form: FormData, names: readonly Name[]): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, formText(form, name).replaceAll('\r\n', '\n')])) as Record<Name, string>
}
