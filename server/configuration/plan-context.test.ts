import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import type { Survey } from '#connectors/kit/connector.ts'
import { toPlanContext } from './plan-context.ts'

test('what cannot be undone waits for the last phase: what is declared of a kind, and what a target says does not hold there', () => {
  const targets = ['open', 'hidden'].map((name) => ({ name, connector: 'ldap', config: {}, onFailure: 'required' }) as const)
  const survey: Survey = { system: null, facts: [], narrows: { undo: { password: 'reset' } }, secretEndsAt: null }

  const { cannotUndo } = toPlanContext(targets, connectors, new Map([['hidden', survey]]))

  assert.deepEqual(cannotUndo, { open: ['delete'], hidden: ['delete', 'password'] })
})
