import { error, fail, redirect } from '@sveltejs/kit'
import type { ConnectorKind, SettingsCheck, Target, TargetDetail, TargetSettings, TargetTest } from '#lib/api.ts'
import { loginPath, read, tell } from '#lib/server/api.ts'
import { formTexts } from '#lib/server/form-text.ts'
import { readSettings } from '#lib/server/settings-form.ts'
import type { Actions, PageServerLoad } from './$types'

const pathOf = (name: string) => `/targets/${encodeURIComponent(name)}`

export const load: PageServerLoad = async (event) => {
  const path = pathOf(event.params.name)
  const [target, kinds, settings] = await Promise.all([
    read<TargetDetail>(event, path),
    read<{ readonly items: readonly ConnectorKind[] }>(event, '/connectors'),
    tell<TargetSettings>(event, 'GET', `${path}/settings`),
  ])
  const kind = kinds.items.find(({ id }) => id === target.connector) ?? null
  return { target, kind, settings: settings.ok ? settings.value : null }
}

export const actions: Actions = {
  test: async (event) => {
    const answer = await tell<TargetTest>(event, 'POST', `${pathOf(event.params.name)}/test`)
    if (answer.ok) return { test: answer.value }
    if (answer.status === 401) redirect(303, loginPath(event.url))
    return fail(answer.status, { testRefused: answer.code })
  },
  check: async (event) => {
    const form = await event.request.formData()
    const target = await read<Target>(event, pathOf(event.params.name))
    const { items } = await read<{ readonly items: readonly ConnectorKind[] }>(event, '/connectors')
    const kind = items.find(({ id }) => id === target.connector)
    if (kind === undefined) error(404, 'missing', { code: 'missing' })
    const { config, unreadable } = readSettings(kind.fields, form)
    const written = formTexts(form, [...form.keys()])
    const body = { name: target.name, config }
    const answer = await tell<SettingsCheck>(event, 'POST', `/connectors/${encodeURIComponent(kind.id)}/check`, body)
    if (answer.ok) return { check: answer.value, written, unreadable }
    if (answer.status === 401) redirect(303, loginPath(event.url))
    return fail(answer.status, { checkRefused: answer.code, written, unreadable })
  },
}
