/**
 * A target that lives in this process: a small but real system with unique logins, groups, hashed passwords, versions and
 * conditional writes. It passes the same contract suite as the others; property tests and the benchmark use it. It is not
 * offered as a connector, since what it holds ends with the process.
 */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import type { Account, AccountKey, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Values } from '#core/values.ts'
import { accountDifferences } from './compare.ts'
import { connectionChecks, defineConnector, type Connection, type Driver, type Draft } from './connector.ts'

export const MemoryConfig = v.strictObject({
  store: v.optional(
    v.pipe(v.string(), v.title('Store'), v.description('Targets with the same store share their accounts.')),
    'memory',
  ),
  unique: v.optional(v.pipe(v.array(v.string()), v.title('Unique attributes')), ['login']),
  groups: v.optional(v.pipe(v.array(v.string()), v.title('Groups that exist')), []),
  latencyMs: v.optional(v.pipe(v.number(), v.minValue(0), v.title('Milliseconds per call')), 0),
})
export type MemoryConfig = v.InferOutput<typeof MemoryConfig>

interface Record_ {
  readonly account: Account & { readonly secrets: Readonly<Record<string, string>> }
}
