/**
 * Names for identities, one for each: reserved in the database at once for everybody who asks, and then looked for in the targets, before anything is
 * written there. What a stranger holds is given back, and the next candidate is tried.
 */
import type { Sql } from '#core/database.ts'
import { isOwnAccount, release, reserve } from '#core/ledger/identity.ts'
import type { NameLooker } from '#core/ledger/names.ts'
import type { UniqueReservations } from '#rules/index.ts'
import type { NameCheck } from './name-check.ts'

export interface NamesDeps {
  readonly sql: Sql
  readonly nameCheck: NameCheck
  readonly look: NameLooker
}

/**
 * @param owner `source|key` of the identity
 * @param requestId null: names are looked up in the database and not reserved, for dry runs
 */
export function createNames({ sql, nameCheck, look }: NamesDeps, owner: string, requestId: string | null): UniqueReservations {
  const isOwn = (target: string, nativeId: string) => isOwnAccount(sql, owner, target, nativeId)
  return {
    async reserve(namespaces, candidates, heldIn) {
      let left = candidates
      while (left.length > 0) {
        const asked = { namespaces, candidates: left, owner }
        const value = requestId === null ? (await look(asked)).given : await reserve(sql, { ...asked, requestId })
        // A dry run calls no target.
        if (value === null || requestId === null || !(await nameCheck.isHeld(value, heldIn, isOwn))) return value
        await release(sql, { namespaces, value, owner, requestId })
        left = left.filter((candidate) => candidate !== value)
      }
      return null
    },
  }
}
