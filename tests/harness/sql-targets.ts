/**
 * Two SQL targets in the world's own PostgreSQL, as the shipped rule set fills them: a directory with groups and passwords, and an
 * intranet. Their constraints refuse on command, and quote what they refuse, as real databases do.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { TestPostgres } from './postgres.ts'
import type { Targets, World } from './world.ts'

/** The database that holds both targets. */
export const targetDatabase = 'targets'

const schema = `
create schema directory;
create table directory.person (
  id uuid primary key default gen_random_uuid(),
  login text not null unique, given_name text, family_name text not null, display_name text, mail text unique,
  department text, title text constraint title_allowed check (title <> 'Forbidden'), password text, active boolean not null default true);
create table directory.membership (
  person_id uuid not null references directory.person, group_name text not null, primary key (person_id, group_name));
create schema intranet;
create table intranet.account (
  id bigint generated always as identity primary key,
  username text not null unique, full_name text, email text unique,
  service text constraint service_allowed check (service <> 'Refused'), phone text, status text not null default 'active');`

/** The targets `directory` and `intranet` of the configuration; for `openWorld({ targets: sqlTargets })`. */
export async function sqlTargets(postgres: TestPostgres): Promise<Targets> {
  const url = await postgres.createDatabase(targetDatabase)
  await postgres.query(targetDatabase, schema)
  return {
    directory: {
      connector: 'sql',
      config: {
        dialect: 'postgres',
        url,
        table: 'directory.person',
        key: 'id',
        active: { column: 'active', whenActive: true, whenInactive: false },
        passwords: { column: 'password' },
        memberships: { table: 'directory.membership', accountColumn: 'person_id', groupColumn: 'group_name' },
      },
    },
    intranet: {
      connector: 'sql',
      config: {
        dialect: 'postgres',
        url,
        table: 'intranet.account',
        key: 'id',
        active: { column: 'status', whenActive: 'active', whenInactive: 'disabled' },
      },
    },
  }
}

/** The rule set that is shipped, as a document. */
export const shippedRules = (): Record<string, unknown> =>
  parse(readFileSync(new URL('../../rules/default.yaml', import.meta.url), 'utf8')) as Record<string, unknown>

export interface Person {
  readonly login: string
  readonly given_name: string | null
  readonly family_name: string
  readonly display_name: string | null
  readonly mail: string | null
  readonly department: string | null
  readonly title: string | null
  readonly password: string | null
  readonly active: boolean
  readonly groups: readonly string[]
}

/** The directory's person of that family name, with its groups in order; null when there is none. */
export async function findPerson({ postgres }: Pick<World, 'postgres'>, familyName: string): Promise<Person | null> {
  const rows = await postgres.query(
    targetDatabase,
    `select person.*, array(select group_name from directory.membership where person_id = person.id order by 1) as groups
     from directory.person where family_name = $1`,
    [familyName],
  )
  if (rows.length > 1) throw new Error(`there are ${rows.length} persons named ${familyName}`)
  return (rows[0] as Person | undefined) ?? null
}

export interface IntranetAccount {
  readonly username: string
  readonly full_name: string | null
  readonly email: string | null
  readonly service: string | null
  readonly phone: string | null
  readonly status: string
}

/** The intranet's account of that login; null when there is none. */
export async function findAccount({ postgres }: Pick<World, 'postgres'>, username: string): Promise<IntranetAccount | null> {
  const rows = await postgres.query(targetDatabase, 'select * from intranet.account where username = $1', [username])
  return (rows[0] as IntranetAccount | undefined) ?? null
}

/** All rows of both targets as one text: equal texts mean that nothing was changed. */
export const targetsDump = ({ postgres }: Pick<World, 'postgres'>): Promise<string> => postgres.dump(targetDatabase)
