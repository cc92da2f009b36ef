/**
 * The stage of the tests that kill, cut and freeze: the gateway's processes between three real targets, each of which counts the
 * effects that reached it. An account that is there once may still have been made twice.
 */
import assert from 'node:assert/strict'
import type { RequestDetail } from '#server/api/types.ts'
import { newcomer, openThreeTargets, refusedByErp, type ThreeTargets } from '../harness/three-targets.ts'
import { openWorld, type World, type WorldOptions } from '../harness/world.ts'

export interface Stage extends AsyncDisposable {
  readonly world: World
  readonly three: ThreeTargets
  /** A number that no person of this stage has had. */
  next(): number
  /** How often a row of this person was inserted, updated and deleted, and how many accounts there are now, over all targets. */
  effects(number: number): Promise<Effects>
  /** Everything the targets hold, without the counts. */
  dump(): Promise<unknown>
}

export interface Effects {
  readonly postgres: Readonly<Record<'insert' | 'update' | 'delete', number>>
  readonly mariadb: Readonly<Record<'insert' | 'update' | 'delete', number>>
  readonly accounts: Readonly<Record<'ldap' | 'postgres' | 'mariadb', number>>
}

const countInPostgres = `
  create table effect (id bigint generated always as identity, what text, who text);
  create function count_effect() returns trigger language plpgsql as $$ begin
    insert into effect (what, who) values (lower(tg_op), coalesce(new.employee_number, old.employee_number)); return null; end $$;
  create trigger counted after insert or update or delete on person for each row execute function count_effect();`
const countInMariadb = [
  'create table effect (id bigint auto_increment primary key, what varchar(10), who varchar(200))',
  "create trigger i after insert on user_account for each row insert into effect (what, who) values ('insert', new.code)",
  "create trigger u after update on user_account for each row insert into effect (what, who) values ('update', new.code)",
  "create trigger d after delete on user_account for each row insert into effect (what, who) values ('delete', old.code)",
]

export async function openStage(options: Pick<WorldOptions, 'engine'> & Partial<WorldOptions>, first: number): Promise<Stage> {
  const stack = new AsyncDisposableStack()
  try {
    const three = stack.use(await openThreeTargets())
    await three.postgres.query('hr', countInPostgres)
    for (const statement of countInMariadb) await three.mariadb.query('erp', statement)
    const world = stack.use(await openWorld({ targets: three.targets, ruleSet: three.ruleSet, ...options }))
    let last = first
    return {
      world,
      three,
      next: () => ++last,
      effects: (number) => countEffects(three, number),
      async dump() {
        const { ldap, ...sql } = await three.dump()
        return {
          ldap: withoutGateway(ldap),
          ...Object.fromEntries(Object.entries(sql).map(([name, text]) => [name, withoutCounts(text)])),
        }
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Empty groups have the gateway itself as a member, and its entry says so from the first time on. */
const withoutGateway = (dump: string) => dump.replace(/^dn: cn=gateway,(?:.+\n)*/m, '')

/** A dump has a line for each table, and an indented one for each row. */
const withoutCounts = (dump: string) => dump.replace(/^[^\n]*\beffect\b.*\n?(?: {2}.*\n?)*/m, '')

async function countEffects(three: ThreeTargets, number: number): Promise<Effects> {
  const [entries, person, counted] = await Promise.all([
    three.slapd.find(`(employeeNumber=${number})`),
    three.postgres.query('hr', 'select login from person where employee_number = $1', [String(number)]),
    three.postgres.query('hr', 'select what, count(*)::int as times from effect where who = $1 group by what', [String(number)]),
  ])
  const login = newcomerLogin(number)
  const [erp, erpCounted] = await Promise.all([
    three.mariadb.query('erp', 'select code from user_account where code = ?', [login]),
    three.mariadb.query('erp', 'select what, count(*) as times from effect where who = ? group by what', [login]),
  ])
  return {
    postgres: toCounts(counted),
    mariadb: toCounts(erpCounted),
    accounts: { ldap: entries.length, postgres: person.length, mariadb: erp.length },
  }
}

function toCounts(rows: readonly Readonly<Record<string, unknown>>[]): Effects['postgres'] {
  const counts = { insert: 0, update: 0, delete: 0 }
  return { ...counts, ...Object.fromEntries(rows.map(({ what, times }) => [String(what), Number(times)])) }
}

/** The login that the example's rules compute for `newcomer(number)`. */
export function newcomerLogin(number: number): string {
  const { familyName } = newcomer(number).attributes as { familyName: string }
  return `z${familyName
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()}`
}

export const welcome = newcomer
/** The same newcomer, whom the ERP refuses: everything must be put back. */
export const unwelcome = refusedByErp

/** What a request that must succeed did: one account in each target, made once. */
export async function assertArrived(stage: Stage, settled: RequestDetail, number: number): Promise<void> {
  assert.equal(settled.state, 'succeeded', describe(settled))
  assert.deepEqual(await stage.effects(number), {
    postgres: { insert: 1, update: 0, delete: 0 },
    mariadb: { insert: 1, update: 0, delete: 0 },
    accounts: { ldap: 1, postgres: 1, mariadb: 1 },
  })
  await assertDecidedOnce(stage.world, settled)
}

/** What a request that the ERP refused did: nothing that remains, and nothing that was done or undone twice. */
export async function assertLeftNoTrace(stage: Stage, settled: RequestDetail, number: number): Promise<void> {
  assert.equal(settled.state, 'rolled_back', describe(settled))
  const { postgres, mariadb, accounts } = await stage.effects(number)
  assert.deepEqual(accounts, { ldap: 0, postgres: 0, mariadb: 0 })
  assert.ok(postgres.insert <= 1 && postgres.delete === postgres.insert, JSON.stringify(postgres))
  assert.deepEqual(mariadb, { insert: 0, update: 0, delete: 0 })
  await assertDecidedOnce(stage.world, settled)
}

async function assertDecidedOnce(world: World, { id, state }: RequestDetail): Promise<void> {
  const [ends] = await world.query(
    `select count(*)::int as times from passerelle.audit where request_id = $1 and action = 'decided' and detail ->> 'state' = $2`,
    [id, state],
  )
  assert.equal(ends?.['times'], 1, `${state} was decided once`)
}

export function describe({ state, problem, details }: RequestDetail): string {
  return JSON.stringify({ state, problem, steps: details.map((step) => [step.target, step.state, step.attempts, step.error]) })
}
