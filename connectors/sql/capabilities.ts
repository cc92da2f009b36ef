/** What each mode can do, and what it cannot put back. */
import { everyChange, type Capabilities } from '#connectors/kit/connector.ts'
import { lackingWithout } from '#connectors/kit/lacks.ts'
import * as v from 'valibot'

export const capabilities: Capabilities = {
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'exact', password: 'exact', membership: 'exact' },
  idempotent: everyChange('native'),
  memberships: 'link',
  conditionalWrite: everyChange('native'),
  nativeId: 'key',
  concurrency: 5,
  deadlineMs: 15_000,
}

const roles: Capabilities = {
  ...capabilities,
  // A role that comes back has another oid: what refers to it by number does not find it again.
  undo: { ...capabilities.undo, delete: 'lossy' },
  // Its row can be locked; its comment, its settings and its memberships stand in other catalogs.
  conditionalWrite: { ...everyChange('looked'), create: 'native' },
  nativeId: 'oid',
}

/** Every statement on a user commits by itself, and its name is all that a user is known by. */
const users: Capabilities = {
  ...capabilities,
  // What is not granted cannot be revoked.
  idempotent: { ...capabilities.idempotent, membership: 'readback' },
  conditionalWrite: { ...everyChange('looked'), create: 'native' },
  nativeId: 'user@host',
  lacks: ['rename'],
}

const Accounts = v.looseObject({ mode: v.literal('accounts'), dialect: v.optional(v.string()) })

export function capabilitiesOf(config: unknown): Capabilities {
  const accounts = v.safeParse(Accounts, config)
  if (!accounts.success) return ofTable(config)
  return accounts.output.dialect === 'mysql' ? users : roles
}

/** What no column and no table is named for. */
const ofTable = lackingWithout(capabilities, { disable: 'active', passwords: 'passwords', memberships: 'memberships' })
