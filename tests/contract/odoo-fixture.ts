/** The real Odoo as the contract suite wants it, by one of its two protocols. */
import { openFaultProxy, type IsRequest } from '#tests/harness/fault-proxy.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import type { TestOdoo } from '#tests/harness/odoo.ts'
import { openThrottlingFront } from '#tests/harness/throttling-front.ts'
import type { Fixture, Traits } from './fixture.ts'

export const odooTraits: Traits = {
  login: 'login',
  system: /^Odoo 19\.\d/,
  text: 'function',
  empty: 'ref',
  multivalued: null,
  secret: 'password',
  mustChange: 'Odoo asks nobody for another password; a link by which one is chosen is a mail.',
  disable: true,
  groups: true,
  proxied: true,
  crowds: 1_000,
  throttles: true,
  expires: 'The key of an API goes with every call: one that expired is renewed by nobody but a person.',
}

export type Protocol = 'json-2' | 'json-rpc'

export async function openOdooFixture(odoo: TestOdoo, protocol: Protocol): Promise<Fixture> {
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: odoo.port } })
  const front = await openThrottlingFront(odoo)
  const standard = configOf(odoo, protocol)
  const request = (method: string): IsRequest => (protocol === 'json-2' ? isJson2(method) : isJsonRpc(method))
  return {
    config: standard,
    proxied: {
      config: { ...standard, url: `http://127.0.0.1:${proxy.port}`, connectTimeoutMs: 1_000 },
      jobMs: 2_000,
      proxy,
      requests: { create: request('create'), modify: request('write'), remove: request('unlink') },
    },
    broken: brokenConfigs(standard, odoo),
    groups: { staff: 'company.staff', admins: 'Admins of nothing', missing: 'company.nobody' },
    sample(n, name = `User ${n}`) {
      const login = [`${name}-${protocol}-${n}`]
      const attributes = { login, name: [name], function: [name], email: [`user-${n}@example.org`], lang: ['en_US'] }
      return { attributes, correlate: { login } }
    },
    dump: () => dump(odoo),
    async crowd(group, count) {
      const members = await odoo.query(crowd, [`crowd-${protocol}-`, group, count])
      if (members.length !== count) throw new Error(`${members.length} of ${count} strangers are in the group ${group}`)
    },
    async drift({ nativeId }, attribute, values) {
      await odoo.call('res.users', 'write', { ids: [Number(nativeId)], vals: { [attribute]: values[0] ?? false } })
    },
    logsIn: ({ label }, password) => odoo.logsIn(label, password),
    troubles: { config: { ...standard, url: front.url }, throttle: front.throttle },
    async [Symbol.asyncDispose]() {
      // The other protocol finds the same database, and is not to read a crowd in each of its tests.
      await odoo.query(dispersal)
      await front[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

/** Strangers in a group, in every respect but for their names like the gateway's own account. */
const crowd = `
WITH pattern AS (SELECT to_jsonb(u) AS account, to_jsonb(p) AS contact
                   FROM res_users u JOIN res_partner p ON p.id = u.partner_id WHERE u.login = 'gateway'),
stranger AS (SELECT $1 || n AS login, nextval('res_users_id_seq') AS id, nextval('res_partner_id_seq') AS contact
               FROM generate_series(1, $3::int) n),
contacts AS (INSERT INTO res_partner SELECT made.* FROM stranger s, pattern,
  jsonb_populate_record(NULL::res_partner, pattern.contact || jsonb_build_object('id', s.contact, 'name', s.login)) made RETURNING id),
accounts AS (INSERT INTO res_users SELECT made.* FROM stranger s, pattern,
  jsonb_populate_record(NULL::res_users, account || jsonb_build_object('id', s.id, 'login', s.login, 'partner_id', s.contact)) made RETURNING id),
companies AS (INSERT INTO res_company_users_rel (cid, user_id)
  SELECT (account ->> 'company_id')::int, s.id FROM stranger s, pattern RETURNING cid)
INSERT INTO res_groups_users_rel (gid, uid) SELECT g.id, s.id FROM stranger s, res_groups g WHERE g.name ->> 'en_US' = $2 RETURNING uid`

/**
 * A foreign key is looked for in some two hundred tables of Odoo for each user and contact that goes, most of which have no index: seconds for a
 * crowd. What refers to strangers is known here, so nobody looks.
 */
const dispersal = `
SET LOCAL session_replication_role = replica;
DELETE FROM res_groups_users_rel WHERE uid IN (SELECT id FROM res_users WHERE login LIKE 'crowd-%');
DELETE FROM res_company_users_rel WHERE user_id IN (SELECT id FROM res_users WHERE login LIKE 'crowd-%');
DELETE FROM res_partner WHERE id IN (SELECT partner_id FROM res_users WHERE login LIKE 'crowd-%');
DELETE FROM res_users WHERE login LIKE 'crowd-%'`

export const configOf = ({ url, database, gateway }: TestOdoo, protocol: Protocol) => ({
  ...{ url, database, protocol, apiKey: gateway.key, allowNetworks: ['127.0.0.1'] },
  ...(protocol === 'json-2' ? {} : { login: gateway.login }),
})

const isJson2 = (method: string) => isHttpRequest('POST', new RegExp(`^/json/2/res\\.users/${method}$`))

/** All calls go to one address: the method stands in the body, which may come in a piece of its own. */
function isJsonRpc(method: string): IsRequest {
  return (bytes) => bytes.includes(`"res.users","${method}",`)
}

/** All users with what belongs to them; ids, times and what Odoo draws or computes by itself left out. Odoo does not tell false and 0 from nothing. */
async function dump({ query }: TestOdoo): Promise<string> {
  const rows = await query(
    `SELECT to_jsonb(u) - '{id,partner_id,create_date,write_date,create_uid,write_uid,password}'::text[] AS account,
            to_jsonb(p) - '{id,create_date,write_date,create_uid,write_uid,commercial_partner_id,partner_share}'::text[] AS contact,
            ARRAY(SELECT gid FROM res_groups_users_rel WHERE uid = u.id ORDER BY gid) AS groups,
            ARRAY(SELECT cid FROM res_company_users_rel WHERE user_id = u.id ORDER BY cid) AS companies
       FROM res_users u JOIN res_partner p ON p.id = u.partner_id ORDER BY u.login COLLATE "C"`,
  )
  return rows
    .map((row) => JSON.stringify(row, (_name, value: unknown) => (value === false || value === 0 ? null : value)))
    .join('\n')
}

function brokenConfigs(standard: Record<string, unknown>, { reader }: TestOdoo): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  const asReader = { apiKey: reader.key, ...('login' in standard ? { login: reader.login } : {}) }
  return [
    broken('an unknown host', 'name', { url: 'https://no-such-host.invalid' }),
    broken('this machine, which the target does not allow', 'name', { allowNetworks: [] }),
    broken('a port nobody listens on', 'tcp', { url: 'http://127.0.0.1:1' }),
    broken('TLS asked of a port in clear', 'tls', { url: String(standard['url']).replace('http:', 'https:') }),
    broken('a wrong key', 'login', { apiKey: 'wrong-secret' }),
    broken('a database that is not there', 'login', { database: 'nowhere' }),
    broken('a user without rights', 'rights', asReader),
    broken('a field that users do not have', 'schema', { attributes: ['function', 'shoe_size'] }),
  ]
}
