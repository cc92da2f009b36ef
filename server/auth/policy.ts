/** Who may do what: one table, asked by every route. What is not listed is refused. */
import type { Role } from '../api/types.ts'

/** Who makes a call: a configured source, or a person who logged in. */
export type Actor =
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'person'; readonly name: string; readonly role: Role; readonly locale: 'fr' | 'en' | null }

/** approvals:answer: to answer the approvals that ask the person, by name or by role; which these are stands in each of them. */
export type Right =
  | 'requests:submit'
  | 'requests:read'
  | 'requests:retry'
  | 'requests:resolve'
  | 'approvals:read'
  | 'approvals:answer'
  | 'notifications:read'
  | 'notifications:retry'
  | 'rules:read'
  | 'rules:edit'
  | 'rules:review'
  | 'rules:publish'
  | 'rules:override'
  | 'targets:read'
  | 'targets:operate'
  | 'reconciliations:read'
  | 'reconciliations:operate'
  | 'queues:read'
  | 'queues:operate'

const rights: Readonly<Record<Role | 'source', readonly Right[]>> = {
  source: ['requests:submit', 'requests:read'],
  admin: [
    'requests:read',
    'requests:retry',
    'requests:resolve',
    'approvals:read',
    'approvals:answer',
    'notifications:read',
    'notifications:retry',
    'rules:read',
    'rules:edit',
    'rules:review',
    'rules:publish',
    'rules:override',
    'targets:read',
    'targets:operate',
    'reconciliations:read',
    'reconciliations:operate',
    'queues:read',
    'queues:operate',
  ],
  rule_editor: [
    'requests:read',
    'approvals:read',
    'approvals:answer',
    'rules:read',
    'rules:edit',
    'rules:review',
    'rules:publish',
    'targets:read',
    'reconciliations:read',
  ],
  approver: [
    'requests:read',
    'approvals:read',
    'approvals:answer',
    'rules:read',
    'rules:review',
    'targets:read',
    'reconciliations:read',
  ],
  operator: [
    'requests:read',
    'requests:retry',
    'requests:resolve',
    'approvals:read',
    'approvals:answer',
    'notifications:read',
    'notifications:retry',
    'rules:read',
    'targets:read',
    'targets:operate',
    'reconciliations:read',
    'reconciliations:operate',
    'queues:read',
    'queues:operate',
  ],
  auditor: [
    'requests:read',
    'approvals:read',
    'notifications:read',
    'rules:read',
    'targets:read',
    'reconciliations:read',
    'queues:read',
  ],
  reader: ['requests:read', 'approvals:read', 'approvals:answer', 'rules:read', 'targets:read', 'reconciliations:read'],
}

export function isAllowed(actor: Actor, right: Right): boolean {
  return rights[actor.kind === 'source' ? 'source' : actor.role].includes(right)
}

/** How the audit trail names an actor. */
export function actorName(actor: Actor): string {
  return `${actor.kind}:${actor.name}`
}
