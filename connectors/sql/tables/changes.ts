/**
 * Every change of an account: all of it in one transaction, or nothing. An existing row is locked and compared with what was
 * read before anything is written, so that what others changed meanwhile is never overwritten.
 */
import type { Account, AccountKey, Writes } from '#core/account.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { phrases } from '../phrases.ts'
import {
  attributeAssignment,
  draftAssignments,
  flagAssignment,
  imageAssignments,
  passwordColumn,
  secretAssignments,
} from './assignments.ts'
import type { Run } from '../conversation.ts'
import { toParameter, toValues } from '../mapping.ts'
import { canonical } from '../written-form.ts'
import { createSpelling } from '../spelling.ts'
import {
  deleteAccount,
  deleteMemberships,
  insertAccount,
  insertMemberships,
  lockAccount,
  selectMemberships,
  updateAccount,
  type Assignment,
} from './statements.ts'
import { labelOf, toAccounts, type TableAccess } from './table.ts'

type Changes = Pick<Driver, 'create' | 'modify' | 'remove' | 'restore'> & Required<Pick<Driver, 'restoreSecrets'>>
type Find = (key: AccountKey) => Promise<Account | null>

export function createChanges(access: TableAccess, find: Find): Changes {
  const { config, dialect, table, conversation } = access
  return {
    async create(draft) {
      const assignments = await draftAssignments(access, draft)
      return insert(access, assignments, draft.memberships, false)
    },
    async modify(current, writes, secrets) {
      const fixed = [...flagAssignment(access, writes), ...(await secretAssignments(access, secrets))]
      checkMemberships(access, [...writes.memberships.add, ...writes.memberships.remove])
      await conversation.transaction(async (run) => {
        const now = await lockedAccount(access, run, current)
        const attributes = writes.attributes.map((write) => attributeAssignment(access, now, write))
        await update(access, run, current.nativeId, [...attributes, ...fixed])
        await changeMemberships(access, run, current.nativeId, writes.memberships)
      })
    },
    async remove(current) {
      await conversation.transaction(async (run) => {
        await lockedAccount(access, run, current)
        if (table.memberships !== null) {
          const gained = [...(await heldGroups(access, run, current.nativeId))].filter(
            (group) => !current.memberships.includes(group),
          )
          if (gained.length > 0) throw stale(access, config.memberships?.table ?? '')
          await run(deleteMemberships(dialect, table.memberships, current.nativeId, null))
        }
        await run(deleteAccount(dialect, table, current.nativeId))
      })
    },
    async restore(account) {
      try {
        return await insert(access, imageAssignments(access, account), account.memberships, true)
      } catch (error) {
        if (!isGatewayError(error) || error.code !== 'exists') throw error
        const there = await find({ nativeId: account.nativeId, correlate: {} })
        if (there === null || accountDifferences(account, there, createSpelling(table)).length > 0) throw error
        return { nativeId: there.nativeId, label: there.label }
      }
    },
    async restoreSecrets(current, secrets) {
      const hashes = Object.entries(secrets).filter(([name]) => name === table.password?.name)
      const assignments = hashes.map(([name, hash]) => ({ column: passwordColumn(access, name), parameter: hash }))
      await conversation.transaction(async (run) => {
        await lockedAccount(access, run, current)
        await update(access, run, current.nativeId, assignments)
      })
    },
  }
}

/** Adds row and memberships. `exists` means that the row was refused; memberships never raise it. */
async function insert(access: TableAccess, assignments: readonly Assignment[], groups: readonly string[], override: boolean) {
  const { config, dialect, table, conversation } = access
  checkMemberships(access, groups)
  const add = async (run: Run): Promise<string> => {
    const result = await run(insertAccount(dialect, table, assignments, override))
    if (result.count === 0)
      throw new GatewayError('exists', `${access.target}: a unique value of the account is already taken`, { sent: 'yes' })
    const written = assignments.find(({ column }) => column.name === table.key.name)
    const generated = dialect.returning ? result.rows[0]?.[0] : result.insertedId
    return String(written?.parameter ?? generated ?? '')
  }
  // One statement is a transaction of its own, and one call instead of three; but where a number settles what a lost answer leaves open, it is worth them.
  const nativeId =
    groups.length === 0 && dialect.outcome === null
      ? await add((statement) => conversation.change(statement))
      : await conversation.transaction(async (run) => {
          const key = await add(run)
          await changeMemberships(access, run, key, { add: groups, remove: [] })
          return key
        })
  return { nativeId, label: labelOf(config, nativeId) }
}

/**
 * The account as it is now (its memberships aside), locked until the transaction ends. Throws `not_found`, and `stale` when it
 * is not as `current` shows it; a hash counts where `current` has one.
 */
async function lockedAccount(access: TableAccess, run: Run, current: Account): Promise<Account> {
  const { config, dialect, table, target } = access
  const [now] = toAccounts(dialect, config, table, await run(lockAccount(dialect, table, current.nativeId)))
  if (now === undefined)
    throw new GatewayError('not_found', `${target}: ${labelOf(config, current.nativeId)} is gone`, { sent: 'yes' })
  if (current.version !== undefined && now.version !== current.version) throw stale(access, table.version?.name ?? '')
  const apart = accountDifferences({ ...current, memberships: [] }, { ...now, memberships: [] }, createSpelling(table))[0]
  if (apart !== undefined) throw stale(access, apart.item)
  return now
}

async function update(access: TableAccess, run: Run, nativeId: string, assignments: readonly Assignment[]): Promise<void> {
  const { dialect, table } = access
  if (assignments.length === 0) return
  const counted = table.version?.kind === 'integer' || table.version?.kind === 'bigint' ? table.version : null
  const all = counted === null ? assignments : [...assignments, { column: counted, parameter: null, counted: true } as const]
  await run(updateAccount(dialect, table, nativeId, all))
}

/** Adding what is there and removing what is not is done already. */
async function changeMemberships(
  access: TableAccess,
  run: Run,
  nativeId: string,
  { add, remove }: Writes['memberships'],
): Promise<void> {
  const { dialect, table } = access
  const { memberships } = table
  if (memberships === null || add.length + remove.length === 0) return
  const held = await heldGroups(access, run, nativeId)
  const missing = [...new Set(add.map((group) => String(canonical(memberships.group, group))))].filter(
    (group) => !held.has(group),
  )
  if (remove.length > 0) await run(deleteMemberships(dialect, memberships, nativeId, remove))
  if (missing.length === 0) return
  try {
    await run(insertMemberships(dialect, memberships, nativeId, missing))
  } catch (error) {
    throw membershipProblem(access, error)
  }
}

/** The account is there and locked, so what a foreign key misses is the group, and what is double was added this moment. */
function membershipProblem(access: TableAccess, error: unknown): unknown {
  if (!isGatewayError(error)) return error
  if (error.code === 'exists') return stale(access, access.config.memberships?.table ?? '')
  if (!['SQLSTATE 23503', 'errno 1452'].includes(error.vendorCode ?? '')) return error
  return new GatewayError('not_found', `${access.target}: a group to join does not exist`, {
    sent: 'yes',
    hint: phrases.createGroup,
    ...(error.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
  })
}

async function heldGroups({ dialect, table }: TableAccess, run: Run, nativeId: string): Promise<ReadonlySet<string>> {
  if (table.memberships === null) return new Set()
  const { group } = table.memberships
  const { rows } = await run(selectMemberships(dialect, table.memberships, nativeId))
  return new Set(rows.map(([raw]) => String(toValues(group, raw ?? null)[0] ?? '')))
}

function checkMemberships({ table, target }: TableAccess, groups: readonly string[]): void {
  if (groups.length > 0 && table.memberships === null) {
    throw new GatewayError('unsupported', `${target}: no membership table is configured`, {
      sent: 'no',
      hint: phrases.setMemberships,
    })
  }
  for (const group of groups) if (table.memberships !== null) toParameter(table.memberships.group, [group])
}

function stale({ config, target }: TableAccess, column: string): GatewayError {
  return new GatewayError('stale', `${target}: ${column} of a row in ${config.table} was changed by someone else meanwhile`, {
    sent: 'yes',
    at: column,
  })
}
