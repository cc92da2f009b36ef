/** A GLPI as the contract suite wants it. */
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { openGlpi, type TestGlpi } from '#tests/harness/glpi.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import type { Fixture, Traits } from './fixture.ts'

export const glpiTraits: Traits = {
  login: 'name',
  system: /^GLPI 10\.0\.\d+$/,
  text: 'realname',
  empty: 'comment',
  multivalued: 'emails',
  secret: 'password',
  mustChange: 'GLPI lets passwords expire by their age only, the same for everybody.',
  disable: true,
  groups: true,
  proxied: true,
  crowds: 1_000,
  throttles: true,
  expires: true,
}

export async function openGlpiFixture(): Promise<Fixture> {
  const glpi = await openGlpi()
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: glpi.port } })
  const { url, userToken, appToken } = glpi
  const standard = { url, userToken, appToken, profiles: true, allowNetworks: ['127.0.0.1'] }
  return {
    config: standard,
    proxied: {
      config: { ...standard, url: `http://127.0.0.1:${proxy.port}/apirest.php`, connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      proxy,
      requests: {
        create: isHttpRequest('POST', /^\/apirest\.php\/User$/),
        modify: isHttpRequest('PUT', /^\/apirest\.php\/User\/\d+$/),
        remove: isHttpRequest('DELETE', /^\/apirest\.php\/User\/\d+\?/),
      },
    },
    broken: brokenConfigs(standard, glpi),
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      // A login takes few characters: awkward names go into the family name alone.
      const login = [`user-${n}`]
      return { attributes: { name: login, realname: [name], firstname: ['Ada'] }, correlate: { name: login } }
    },
    dump: async () => dump(glpi),
    async crowd(group, count) {
      const groupId = [...glpi.tables.Group.values()].find(({ completename }) => completename === group)?.id
      for (let id = 2_000_000; id < 2_000_000 + count; id++) {
        glpi.tables.User.set(id, { id, name: `crowd-${id}`, is_active: 1, is_deleted: 0 })
        glpi.tables.Group_User.set(id, { id, users_id: id, groups_id: groupId, is_dynamic: 0 })
      }
    },
    async drift({ nativeId }, attribute, values) {
      const id = Number(nativeId)
      if (attribute === 'emails')
        for (const [index, email] of values.entries())
          glpi.tables.UserEmail.set(1_000_000 + id * 10 + index, {
            id: 1_000_000 + id * 10 + index,
            users_id: id,
            email,
            is_default: 0,
          })
      else glpi.tables.User.set(id, { ...glpi.tables.User.get(id), id, [attribute]: values[0] ?? null })
    },
    logsIn: async ({ nativeId }, password) => glpi.signsIn(Number(nativeId), password),
    troubles: {
      throttle: glpi.throttle,
      expireSessions: async () => glpi.sessions.clear(),
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await glpi[Symbol.asyncDispose]()
    },
  }
}

/** All users who are not in the trash, with what belongs to them; what is empty is as good as absent. */
function dump({ tables }: TestGlpi): string {
  const lines = [...tables.User.values()]
    .filter((user) => user['is_deleted'] === 0)
    .map(({ id, password_last_update: _stamp, ...user }) => {
      const own = (table: 'UserEmail' | 'Group_User' | 'Profile_User', field: string) =>
        [...tables[table].values()].filter((row) => row['users_id'] === id).map((row) => JSON.stringify(row[field]))
      const filled = Object.entries(user).filter(([, value]) => value !== null && value !== '')
      return JSON.stringify([
        id,
        filled.toSorted(([left], [right]) => (left < right ? -1 : 1)),
        own('UserEmail', 'email').toSorted(),
        own('Group_User', 'groups_id').toSorted(),
        own('Profile_User', 'profiles_id').toSorted(),
      ])
    })
  return lines.toSorted().join('\n')
}

function brokenConfigs(standard: Record<string, unknown>, { readersToken }: TestGlpi): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { url: 'https://no-such-host.invalid/apirest.php' }),
    broken('this machine, which the target does not allow', 'name', { allowNetworks: [] }),
    broken('a port nobody listens on', 'tcp', { url: 'http://127.0.0.1:1/apirest.php' }),
    broken('TLS asked of a port in clear', 'tls', { url: String(standard['url']).replace('http:', 'https:') }),
    broken('a wrong user token', 'login', { userToken: 'wrong-secret' }),
    broken('a wrong application token', 'login', { appToken: 'wrong-secret' }),
    broken('a user without rights', 'rights', { userToken: readersToken }),
  ]
}
