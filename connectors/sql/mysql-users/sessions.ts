/** Ending the sessions of a user of MySQL, which knows them by numbers, and by the name and address of who is there, not by which user let them in. */
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { granteeOf, nameOf, type Name } from '../users/name.ts'
import type { UserAccess } from '../users/server.ts'

/** A thread that ended meanwhile. */
const unknownThread = 'errno 1094'

/** Throws `denied` when it may not see or end them, and `ambiguous` when some may be those of another user of the same name, which it leaves. */
export async function endSessions(access: UserAccess, name: Name): Promise<void> {
  const { conversation, target } = access
  const { rows } = await conversation.read({ text: 'SHOW PROCESSLIST', values: [] })
  const all = rows.map(([id, user, from]) => ({ id: Number(id), user: String(user), address: addressOf(String(from)) }))
  const own = all.filter(({ user }) => user === name.user)
  if (own.length === 0) return refuseBlindness(access, new Set(all.map(({ user }) => user)))
  const others = await conversation.read({
    text: 'SELECT Host FROM mysql.user WHERE User = ? AND Host <> ?',
    values: [name.user, name.host],
  })
  const patterns = others.rows.map(([host]) => String(host))
  const sure = own.filter(({ address }) => !patterns.some((pattern) => mayCover(pattern, address)))
  for (const { id } of sure) await end(access, id)
  if (sure.length < own.length)
    throw new GatewayError('ambiguous', `${target}: some sessions may be those of another user of that name`, { sent: 'yes' })
}

async function end({ conversation }: UserAccess, id: number): Promise<void> {
  try {
    await conversation.read({ text: `KILL ${id}`, values: [] })
  } catch (error) {
    if (!isGatewayError(error) || error.vendorCode !== unknownThread) throw error
  }
}

/** Who may not see the sessions of others sees its own alone. */
async function refuseBlindness({ conversation, target, self }: UserAccess, seen: ReadonlySet<string>): Promise<void> {
  const me = nameOf(self)
  if ([...seen].some((user) => user !== me.user)) return
  const { rows } = await conversation.read({
    text: `SELECT 1 FROM information_schema.user_privileges WHERE grantee = ? AND privilege_type = 'PROCESS'`,
    values: [granteeOf(me)],
  })
  if (rows.length === 0)
    throw new GatewayError('denied', `${target}: the database user may not see the sessions of others`, { sent: 'yes' })
}

/** `10.0.0.5:52114`, or `localhost`. */
const addressOf = (from: string) => from.replace(/:\d+$/, '')

/** Whether a user's host may be where a session comes from; a net mask is not worked out, and may. */
function mayCover(pattern: string, address: string): boolean {
  if (pattern.includes('/')) return true
  const parts = pattern
    .replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${parts}$`, 'i').test(address)
}
