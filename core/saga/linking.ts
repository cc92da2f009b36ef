/** Which native account belongs to which identity: accounts follow the effects, linked when one exists, unlinked when it is gone. */
import { accountKey, type LinkedAccount, type Saga, type SagaStep } from './state.ts'
import type { Settle } from './stepping.ts'

export function relink(saga: Saga, identity: string, step: SagaStep, { state, receipt, restored }: Settle): Saga {
  const isGone = state === 'undone' || (state === 'applied' && receipt?.disposition === 'deleted')
  const next = isGone ? unlink(saga, identity, step) : saga
  const key = accountKey(identity, step.plan.target)
  const linked = next.accounts[key]
  if (state === 'undone' && receipt?.disposition === 'deleted' && restored !== undefined)
    return withAccount(next, key, { nativeId: restored.nativeId, enabled: receipt.before?.enabled ?? true })
  if (state === 'undone' && step.effect?.disposition === 'changed' && linked !== undefined && step.before !== null)
    return withAccount(next, key, { ...linked, enabled: step.before.enabled })
  if (state === 'applied' && receipt?.after && receipt.nativeId !== null)
    return withAccount(next, key, { nativeId: receipt.nativeId, enabled: receipt.after.enabled })
  return next
}

/** What this request made, took over or deleted is no account of the identity any more. */
export function unlink(saga: Saga, identity: string, { plan, effect }: SagaStep): Saga {
  if (effect === null || !['created', 'adopted', 'deleted'].includes(effect.disposition)) return saga
  const { [accountKey(identity, plan.target)]: _, ...accounts } = saga.accounts
  return { ...saga, accounts }
}

function withAccount(saga: Saga, key: string, account: LinkedAccount): Saga {
  return { ...saga, accounts: { ...saga.accounts, [key]: account } }
}
