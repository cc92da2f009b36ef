/** A clock that a test sets: in front of PostgreSQL's own schema, so that the ledger's `clock_timestamp()` is this one. */
import postgres from 'postgres'
import type { Sql } from '#core/database.ts'
import type { World } from './world.ts'

const schema = `
  create schema stopped;
  create table stopped.clock (at timestamptz not null);
  insert into stopped.clock values (clock_timestamp());
  create function stopped.clock_timestamp() returns timestamptz language sql stable as 'select at from stopped.clock';`

/** Connections to the gateway's database for which time stands in `stopped.clock`; close them with `end()`. */
export async function openStoppedClock(world: Pick<World, 'query' | 'databaseUrl'>, connections: number): Promise<Sql> {
  await world.query(schema)
  return postgres(world.databaseUrl, {
    max: connections,
    onnotice: () => undefined,
    connection: { search_path: 'stopped,pg_catalog,passerelle,public' },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  })
}
