/** Why something does not become of a version of rules, in words that say what to do instead. */
import { GatewayError } from '#core/errors.ts'
import { decide, isOpen, type Life, type LifeStep, type Refusal } from './life.ts'
import type { LockedRuleSet, LockedVersion } from './locked.ts'
import { lifePhrases } from './phrases.ts'
import type { RuleVersionState } from '../api/rule-types.ts'

/** The state that the step leads to. Throws `conflict`, or `forbidden` where the person is the wrong one. */
export function stateAfter(ruleSet: LockedRuleSet, life: Life, step: LifeStep): RuleVersionState {
  const decision = decide(life, ruleSet, step)
  if ('state' in decision) return decision.state
  throw toError(decision.refusal, ruleSet, life)
}

function toError(refusal: Refusal, { inForce }: LockedRuleSet, life: Life): GatewayError {
  const { state, problems, red } = life
  const version = String(life.version)
  const both = { version, inForce: String(inForce) }
  switch (refusal) {
    case 'state':
      return new GatewayError('conflict', lifePhrases.state({ version, state }), {
        hint: isOpen(state) ? lifePhrases.goOn : lifePhrases.restoreIt,
      })
    case 'overtaken':
      return new GatewayError('conflict', lifePhrases.overtaken(both), { hint: lifePhrases.compare(both) })
    case 'problems':
      return new GatewayError('conflict', lifePhrases.problems({ version, count: String(problems) }), { hint: lifePhrases.mend })
    case 'red':
      return new GatewayError('conflict', lifePhrases.red({ version, count: String(red) }), { hint: lifePhrases.mendOrOverride })
    case 'unreviewed':
      return new GatewayError('conflict', lifePhrases.unreviewed({ version }), {
        hint: state === 'in_review' ? lifePhrases.waits : lifePhrases.submit,
      })
    case 'own':
      return new GatewayError('forbidden', lifePhrases.own)
  }
}

/** Somebody saved the version since it was looked at. */
export function savedMeanwhile({ version, revision, authors, updatedAt }: LockedVersion): GatewayError {
  const about = { by: authors.at(-1) ?? '', version: String(version), at: updatedAt.toISOString(), revision: String(revision) }
  return new GatewayError('conflict', lifePhrases.savedMeanwhile(about), { at: '/revision', hint: lifePhrases.bringTogether })
}

/** Throws `conflict` when the version is not as it was looked at; undefined: they do not say what they looked at. */
export function requireSeen(version: LockedVersion, seen: number | undefined): void {
  if (seen !== undefined && seen !== version.revision) throw savedMeanwhile(version)
}
