/** The targets of the shipped example rule set, for real: a directory, a PostgreSQL and a MariaDB, each behind a fault proxy. */
import { readFileSync } from 'node:fs'
import { openFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { openMariadb, type TestMariadb } from './mariadb.ts'
import { openPostgres, type TestPostgres } from './postgres.ts'
import { openSlapd, type Slapd } from './slapd.ts'

export interface ThreeTargets extends AsyncDisposable {
  readonly slapd: Slapd
  readonly postgres: TestPostgres
  readonly mariadb: TestMariadb
  readonly proxies: { readonly ldap: FaultProxy; readonly postgres: FaultProxy; readonly mariadb: FaultProxy }
  /** The targets as the configuration names them. */
  readonly targets: Readonly<Record<'ldap-paris' | 'hr-postgres' | 'erp-mariadb', unknown>>
  readonly ruleSet: unknown
  /** Everything the three hold, for comparing before and after. */
  dump(): Promise<{ readonly ldap: string; readonly postgres: string; readonly mariadb: string }>
}

const hrTable = `create table person (
  id bigint generated always as identity primary key, employee_number text not null unique, login text not null unique,
  family_name text not null, given_name text, mail text, department text, site text, active boolean not null default true)`
const erpTable = `create table user_account (
  id bigint auto_increment primary key, code varchar(40) not null unique, label varchar(200) not null, email varchar(200),
  service varchar(80), language varchar(5), password varchar(300), active tinyint not null default 1,
  constraint no_sales_today check (service is null or service <> 'Ventes'))`

export async function openThreeTargets(): Promise<ThreeTargets> {
  const stack = new AsyncDisposableStack()
  try {
    const [slapd, postgres, mariadb] = await Promise.all([openSlapd(), openPostgres(), openMariadb()])
    for (const server of [slapd, postgres, mariadb]) stack.use(server)
    await postgres.createDatabase('hr')
    await postgres.query('hr', hrTable)
    await mariadb.createDatabase('erp')
    await mariadb.query('erp', erpTable)
    await slapd.asRoot(async (client) => {
      for (const name of ['externals'])
        await client.add(`cn=${name},${slapd.groupBase}`, { objectClass: ['groupOfNames'], cn: [name], member: [slapd.bindDn] })
    })
    const proxies = {
      ldap: stack.use(await openFaultProxy({ to: slapd })),
      postgres: stack.use(await openFaultProxy({ to: postgres })),
      mariadb: stack.use(await openFaultProxy({ to: mariadb })),
    }
    const active = { column: 'active', whenActive: true, whenInactive: false }
    return {
      slapd,
      postgres,
      mariadb,
      proxies,
      targets: {
        'ldap-paris': {
          connector: 'ldap',
          config: {
            url: `ldap://${proxies.ldap.host}:${proxies.ldap.port}`,
            bindDn: slapd.bindDn,
            bindPassword: slapd.password,
            peopleBase: slapd.peopleBase,
            groupBase: slapd.groupBase,
            allowClearText: true,
            timeoutMs: 2_000,
            emptyGroupMember: slapd.bindDn,
          },
        },
        'hr-postgres': {
          connector: 'sql',
          config: {
            dialect: 'postgres',
            host: proxies.postgres.host,
            port: proxies.postgres.port,
            database: 'hr',
            user: postgres.user,
            password: postgres.password,
            table: 'person',
            key: 'id',
            statementTimeoutMs: 2_000,
            active,
          },
        },
        'erp-mariadb': {
          connector: 'sql',
          config: {
            dialect: 'mysql',
            host: proxies.mariadb.host,
            port: proxies.mariadb.port,
            database: 'erp',
            user: mariadb.user,
            password: mariadb.password,
            table: 'user_account',
            key: 'id',
            statementTimeoutMs: 1_000,
            active: { ...active, whenActive: 1, whenInactive: 0 },
            passwords: { column: 'password' },
          },
        },
      },
      ruleSet: JSON.parse(readFileSync(new URL('../../rules/example.json', import.meta.url), 'utf8')),
      dump: async () => ({ ldap: await slapd.dump(), postgres: await postgres.dump('hr'), mariadb: await mariadb.dump('erp') }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Worlds come and go over the same three targets, and each reserves names only for itself. */
const inLetters = (number: number) => String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))

/** A person for whom the example's rules make an account in all three. */
export function newcomer(number: number, more: Readonly<Record<string, unknown>> = {}) {
  return {
    kind: 'create',
    externalId: `E-${number}`,
    attributes: {
      givenName: 'Zoé',
      familyName: `Müller-${inLetters(number)}`,
      employeeNumber: String(number),
      employeeType: 'internal',
      organizationalUnit: 'Finance',
      title: 'Comptable',
      locality: 'Paris',
      ...more,
    },
    secrets: { password: 'Correct-Horse-42' },
  }
}

/** The same person in the department that the ERP refuses. */
export const refusedByErp = (number: number) => newcomer(number, { organizationalUnit: 'Ventes' })
