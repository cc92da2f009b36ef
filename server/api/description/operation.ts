/** What the description says of one operation of the API. */
import type { ErrorCode } from '#core/errors.ts'
import type { Right } from '../../auth/policy.ts'
import type { components } from './components.ts'
import type { Parameter } from './parameters.ts'

export type ComponentName = keyof typeof components

export interface Answer {
  readonly description: string
  /** Media type → the schema of its content; none for an answer without a body. */
  readonly content: Readonly<Record<string, ComponentName | readonly ComponentName[]>>
  readonly headers?: readonly HeaderName[]
}

export type HeaderName = 'Location' | 'Preference-Applied' | 'Retry-After' | 'Set-Cookie'

export interface Operation {
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As OpenAPI writes it: `/api/v1/requests/{id}`. */
  readonly path: string
  readonly tag:
    | 'Requests'
    | 'Approvals'
    | 'Notifications'
    | 'Departures'
    | 'Rules'
    | 'Events'
    | 'Session'
    | 'Targets'
    | 'Reconciliations'
    | 'Health'
    | 'Description'
  readonly summary: string
  readonly description?: string
  /** The right it needs; `login` = whoever is logged in; null = nobody is asked who they are. */
  readonly needs: Right | 'login' | null
  readonly parameters?: readonly Parameter[]
  readonly body?: { readonly schema: ComponentName | readonly ComponentName[]; readonly description: string }
  readonly answers: Readonly<Record<number, Answer>>
  readonly errors: readonly ErrorCode[]
}

export const json = (
  description: string,
  schema: ComponentName | readonly ComponentName[],
  headers?: readonly HeaderName[],
): Answer => ({
  description,
  content: { 'application/json': schema },
  ...(headers === undefined ? {} : { headers }),
})
