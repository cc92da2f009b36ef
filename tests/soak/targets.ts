/**
 * Five real targets that remember each effect on them: three tables of a PostgreSQL, one of a MariaDB, and a directory. Each request
 * carries a mark of its own into every account, so that an effect tells whose it is.
 */
import { openMariadb, type TestMariadb } from '../harness/mariadb.ts'
import { openPostgres, type TestPostgres } from '../harness/postgres.ts'
import { openSlapd, type Slapd } from '../harness/slapd.ts'

export const tables = ['payroll', 'badges', 'intranet'] as const
export const targetNames = [...tables, 'erp', 'directory'] as const
export type TargetName = (typeof targetNames)[number]

/** What one statement did to one account. */
export interface Effect {
  readonly target: TargetName
  readonly what: 'insert' | 'update' | 'delete'
  readonly login: string
  readonly oldMark: number | null
  readonly newMark: number | null
  readonly oldActive: boolean | null
  readonly newActive: boolean | null
}

export interface StoredAccount {
  readonly mark: number
  readonly active: boolean
}

export interface SoakTargets extends AsyncDisposable {
  readonly postgres: TestPostgres
  readonly mariadb: TestMariadb
  readonly slapd: Slapd
  /** As the configuration names them. */
  readonly targets: Readonly<Record<TargetName, unknown>>
  /** The effects so far; the directory keeps no record. */
  effects(): Promise<readonly Effect[]>
  /** By login, what each target holds. */
  accounts(): Promise<Readonly<Record<TargetName, ReadonlyMap<string, StoredAccount>>>>
}

/** The department that the ERP refuses. */
export const refusedDepartment = 'Refused'

const database = 'accounts'

const postgresTables = tables
  .map(
    (name) => `
  create table ${name} (id bigint generated always as identity primary key, login text not null unique, department text, mark int not null,
    active boolean not null default true);
  create trigger remembered after insert or update or delete on ${name} for each row execute function remember();`,
  )
  .join('\n')

const postgresSchema = `
  create table effect (id bigint generated always as identity, target text, what text, login text, old_mark int, new_mark int, old_active boolean, new_active boolean);
  create function remember() returns trigger language plpgsql as $$ begin
    insert into effect (target, what, login, old_mark, new_mark, old_active, new_active)
    values (tg_table_name, lower(tg_op), coalesce(new.login, old.login), old.mark, new.mark, old.active, new.active);
    return null; end $$;
  ${postgresTables}`

const mariadbSchema = [
  `create table erp (id bigint auto_increment primary key, login varchar(40) not null unique, department varchar(40), mark int not null,
    active tinyint not null default 1, constraint allowed check (department <> '${refusedDepartment}'))`,
  'create table effect (id bigint auto_increment primary key, what varchar(10), login varchar(40), old_mark int, new_mark int, old_active tinyint, new_active tinyint)',
  "create trigger i after insert on erp for each row insert into effect values (null, 'insert', new.login, null, new.mark, null, new.active)",
  "create trigger u after update on erp for each row insert into effect values (null, 'update', new.login, old.mark, new.mark, old.active, new.active)",
  "create trigger d after delete on erp for each row insert into effect values (null, 'delete', old.login, old.mark, null, old.active, null)",
]

export async function openSoakTargets(): Promise<SoakTargets> {
  const stack = new AsyncDisposableStack()
  try {
    const [postgres, mariadb, slapd] = await Promise.all([openPostgres(), openMariadb(), openSlapd()])
    for (const server of [postgres, mariadb, slapd]) stack.use(server)
    await postgres.createDatabase(database)
    await postgres.query(database, postgresSchema)
    await mariadb.createDatabase(database)
    for (const statement of mariadbSchema) await mariadb.query(database, statement)
    return {
      postgres,
      mariadb,
      slapd,
      targets: toConfiguration({ postgres, mariadb, slapd }),
      effects: () => readEffects(postgres, mariadb),
      accounts: () => readAccounts({ postgres, mariadb, slapd }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

type Servers = Pick<SoakTargets, 'postgres' | 'mariadb' | 'slapd'>

function toConfiguration({ postgres, mariadb, slapd }: Servers): SoakTargets['targets'] {
  const sql = { database, key: 'id', statementTimeoutMs: 1_000 }
  const inPostgres = (table: string) => ({
    connector: 'sql',
    config: {
      ...sql,
      dialect: 'postgres',
      host: postgres.host,
      port: postgres.port,
      user: postgres.user,
      password: postgres.password,
      table,
      active: { column: 'active', whenActive: true, whenInactive: false },
    },
  })
  return {
    payroll: inPostgres('payroll'),
    badges: inPostgres('badges'),
    intranet: inPostgres('intranet'),
    erp: {
      connector: 'sql',
      config: {
        ...sql,
        dialect: 'mysql',
        host: mariadb.host,
        port: mariadb.port,
        user: mariadb.user,
        password: mariadb.password,
        table: 'erp',
        active: { column: 'active', whenActive: 1, whenInactive: 0 },
      },
    },
    directory: {
      connector: 'ldap',
      config: {
        url: slapd.url,
        bindDn: slapd.bindDn,
        bindPassword: slapd.password,
        peopleBase: slapd.peopleBase,
        groupBase: slapd.groupBase,
        allowClearText: true,
        timeoutMs: 2_000,
        disable: { by: 'attribute', attribute: 'employeeType', disabledValue: 'disabled' },
      },
    },
  }
}

/** For each target the same: an account by its login, with the department and the mark of the request. */
export const ruleSet = {
  name: 'soak',
  identity: { login: "'u' & employeeNumber" },
  targets: {
    ...Object.fromEntries(
      [...tables, 'erp'].map((name) => [
        name,
        {
          correlate: { login: 'identity.login' },
          attributes: { login: 'identity.login', department: 'department', mark: 'mark' },
        },
      ]),
    ),
    directory: {
      correlate: { uid: 'identity.login' },
      attributes: {
        uid: 'identity.login',
        cn: 'identity.login',
        sn: 'identity.login',
        ou: 'department',
        description: '$string(mark)',
      },
    },
  },
}

async function readEffects(postgres: TestPostgres, mariadb: TestMariadb): Promise<readonly Effect[]> {
  const inPostgres = await postgres.query(database, 'select * from effect order by id')
  const inMariadb = await mariadb.query(database, 'select * from effect order by id')
  const flag = (value: unknown) => (value === null ? null : Boolean(value))
  const mark = (value: unknown) => (value === null ? null : Number(value))
  return [...inPostgres, ...inMariadb.map((row): Record<string, unknown> => ({ ...row, target: 'erp' }))].map((row) => ({
    target: String(row.target) as TargetName,
    what: String(row.what) as Effect['what'],
    login: String(row.login),
    oldMark: mark(row.old_mark),
    newMark: mark(row.new_mark),
    oldActive: flag(row.old_active),
    newActive: flag(row.new_active),
  }))
}

async function readAccounts({ postgres, mariadb, slapd }: Servers): ReturnType<SoakTargets['accounts']> {
  const toMap = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    new Map(rows.map((row) => [String(row.login), { mark: Number(row.mark), active: Boolean(row.active) }]))
  const [payroll, badges, intranet] = await Promise.all(
    tables.map(async (name) => toMap(await postgres.query(database, `select login, mark, active from ${name}`))),
  )
  const entries = await slapd.find('(uid=u*)')
  return {
    payroll: payroll ?? new Map(),
    badges: badges ?? new Map(),
    intranet: intranet ?? new Map(),
    erp: toMap(await mariadb.query(database, 'select login, mark, active from erp')),
    directory: toMap(
      entries.map((entry) => ({
        login: entry.uid,
        mark: entry.description,
        active: entry.employeeType !== 'disabled',
      })),
    ),
  }
}
