import { error, redirect } from '@sveltejs/kit'
import type { LookupInput, LookupTable } from '#lib/api.ts'
import { loginPath, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { refuse, settle } from '#lib/server/forms.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const answer = await tell<LookupTable>(event, 'GET', `/lookups/${encodeURIComponent(event.params.name)}`)
  const creating = event.url.searchParams.has('create')
  if (!answer.ok && answer.status === 401) redirect(303, loginPath(event.url))
  if (!answer.ok && !(answer.status === 404 && creating)) error(answer.status, answer.code, { code: answer.code })
  return { name: event.params.name, table: answer.ok ? answer.value : null, saved: event.url.searchParams.has('saved') }
}

/** Rows in the order of their fields; those without a key are left out, which is how one is taken away without JavaScript. */
function rowsOf(form: FormData): LookupTable['rows'] {
  const values = form.getAll('value')
  const text = (value: FormDataEntryValue | undefined) => (typeof value === 'string' ? value : '')
  return form
    .getAll('key')
    .map((key, index) => ({ key: text(key).trim(), value: text(values[index]) }))
    .filter(({ key }) => key !== '')
}

export const actions: Actions = {
  save: async (event) => {
    const form = await event.request.formData()
    const fields = formTexts(form, ['fallback', 'version', 'fr', 'en'])
    const rows = rowsOf(form)
    const told = { form: 'save', fields: { ...fields, rows: JSON.stringify(rows) } }
    const keys = rows.map(({ key }) => key)
    const twice = keys.find((key, index) => keys.indexOf(key) !== index)
    if (twice !== undefined) return refuse('save', 'twice', { ...told.fields, twice })
    const path = `/lookups/${encodeURIComponent(event.params.name)}`
    const description =
      fields.fr.trim() === '' && fields.en.trim() === ''
        ? null
        : { fr: fields.fr.trim() || fields.en.trim(), en: fields.en.trim() || fields.fr.trim() }
    const answer = await tell<LookupTable>(event, 'PUT', path, {
      rows,
      description,
      fallback: fields.fallback === '' ? null : fields.fallback,
      base: Number(fields.version),
    } satisfies LookupInput)
    return settle(event, answer, told, () => `${path}?saved`)
  },
}
