/** What forms do with the API's answers: on to the next page, to the login, or back to the form with what was written and what is wrong. */
import { fail, redirect, type ActionFailure } from '@sveltejs/kit'
import type { Refusal } from '../refusal.ts'
import { loginPath, type Answer } from './api.ts'

export function refuse(form: string, code: string, fields: Refusal['fields']): ActionFailure<Refusal> {
  return fail(400, { form, code, detail: null, fields })
}

/** Goes on to `next` when the API did what was asked. Throws kit's redirect. */
export function settle<T>(
  event: { readonly url: URL },
  answer: Answer<T>,
  told: Pick<Refusal, 'form' | 'fields'>,
  next: (value: T) => string,
): ActionFailure<Refusal> {
  if (answer.ok) redirect(303, next(answer.value))
  if (answer.status === 401) redirect(303, loginPath(event.url))
  const { status, code, detail, phrase, advice } = answer
  return fail(status, { form: told.form, code, detail, phrase, advice, fields: told.fields })
}
