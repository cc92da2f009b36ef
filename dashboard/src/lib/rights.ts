/** What a role is shown. The API decides what it may do; this only keeps links away from those whom it would refuse. */
import type { Role } from './api.ts'

export function seesQueues(role: Role | undefined): boolean {
  return role === 'admin' || role === 'operator' || role === 'auditor'
}

/** Who sees what people and sources were told. */
export function seesMessages(role: Role | undefined): boolean {
  return role === 'admin' || role === 'operator' || role === 'auditor'
}

/** Who has what was given up sent again. */
export function sendsAgain(role: Role | undefined): boolean {
  return role === 'admin' || role === 'operator'
}

/** Who begins reconciliations, and acts on what they find. */
export function reconcilesTargets(role: Role | undefined): boolean {
  return role === 'admin' || role === 'operator'
}

/** Who may write rules; what one may do with a certain rule set, the API says itself. */
export function writesRules(role: Role | undefined): boolean {
  return role === 'admin' || role === 'rule_editor'
}
