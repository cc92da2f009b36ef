/** Why something does not become of a version of rules, in words that say what to do instead. */
import { GatewayError } from '#core/errors.ts'
import { decide, isOpen, type Life, type LifeStep, type Refusal } from './life.ts'
import type { LockedRuleSet, LockedVersion } from './locked.ts'
import type { RuleVersionState } from '../api/rule-types.ts'

/** The state that the step leads to. Throws `conflict`, or `forbidden` where the person is the wrong one. */
export function stateAfter(ruleSet: LockedRuleSet, life: Life, step: LifeStep): RuleVersionState {
  const decision = decide(life, ruleSet, step)
  if ('state' in decision) return decision.state
  throw toError(decision.refusal, ruleSet, life)
}

function toError(refusal: Refusal, { inForce }: LockedRuleSet, { version, state, problems, red }: Life): GatewayError {
  switch (refusal) {
    case 'state':
      return new GatewayError('conflict', `version ${version} is ${state.replace('_', ' ')}`, {
        hint: isOpen(state) ? 'withdraw it, or go on from where it is' : 'restore it: that makes a draft of the same text',
      })
    case 'overtaken':
      return new GatewayError('conflict', `version ${inForce} came into force after version ${version} was begun`, {
        hint: `compare them (diff?from=${version}&to=${inForce}), and restore version ${version} if it shall take that one’s place`,
      })
    case 'problems':
      return new GatewayError(
        'conflict',
        `version ${version} has ${problems} problem${problems === 1 ? '' : 's'}: it cannot be used`,
        {
          hint: 'mend what its check says',
        },
      )
    case 'red':
      return new GatewayError('conflict', `${red} of the tests of version ${version} ${red === 1 ? 'is' : 'are'} red`, {
        hint: 'mend the rules or the tests; whoever has the right rules:override may publish it with a reason',
      })
    case 'unreviewed':
      return new GatewayError('conflict', `somebody else than its authors must approve version ${version} first`, {
        hint: state === 'in_review' ? 'it waits for its reviewer' : 'submit it for review',
      })
    case 'own':
      return new GatewayError('forbidden', 'whoever had a hand in a version does not review it')
  }
}

/** Somebody saved the version since it was looked at. */
export function savedMeanwhile({ version, revision, authors, updatedAt }: LockedVersion): GatewayError {
  return new GatewayError(
    'conflict',
    `${authors.at(-1)} saved version ${version} at ${updatedAt.toISOString()}, as revision ${revision}`,
    {
      at: '/revision',
      hint: 'look at it as it is now; to save, bring the two together and give its version as base, with its revision',
    },
  )
}

/** Throws `conflict` when the version is not as it was looked at; undefined: they do not say what they looked at. */
export function requireSeen(version: LockedVersion, seen: number | undefined): void {
  if (seen !== undefined && seen !== version.revision) throw savedMeanwhile(version)
}
