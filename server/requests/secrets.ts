/** The secrets of a request on their way into the ledger: those that came with it, and those that its plan asks the gateway to make. */
import { randomInt } from 'node:crypto'
import type { RequestSecret } from '#core/ledger/request-secrets.ts'
import type { Plan } from '#core/plan.ts'
import type { Sealer } from '#core/sealing.ts'
import { uuidv7 } from '#core/uuid.ts'
import { makePassword, readSecretName } from '#rules/index.ts'

export interface RequestSecrets {
  seal(secrets: Readonly<Record<string, string>>): readonly RequestSecret[]
  /** New passwords for what the plan asks for and `known`, the names of the request's secrets, does not hold. */
  make(plan: Plan, known: readonly string[]): readonly RequestSecret[]
}

export function createRequestSecrets(sealer: Sealer): RequestSecrets {
  const seal = (name: string, clear: string): RequestSecret => {
    const id = uuidv7()
    return { name, id, purpose: 'request|secret', data: sealer.seal(`request|secret|${id}`, clear) }
  }
  return {
    seal: (secrets) => Object.entries(secrets).map(([name, clear]) => seal(name, clear)),
    make(plan, known) {
      const wanted = new Set(plan.steps.flatMap(({ secrets }) => Object.values(secrets)).filter((name) => !known.includes(name)))
      return [...wanted].flatMap((name) => {
        const policy = readSecretName(name)
        return policy === null ? [] : [seal(name, makePassword(policy, randomInt))]
      })
    },
  }
}
