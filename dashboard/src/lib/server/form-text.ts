/** The text of a form's field; the empty text when it is absent, or is a file that somebody sent in its place. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
