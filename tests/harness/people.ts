/** People who can log in, beside the administrator that every world has. */
import { openDatabase } from '#core/database.ts'
import type { Role } from '#server/api/types.ts'
import { createPerson } from '#server/auth/sessions.ts'
import type { World } from './world.ts'

/** Each has the password `password of <name>`. */
export async function addPeople(
  world: Pick<World, 'databaseUrl'>,
  names: readonly string[],
  role: Role = 'operator',
): Promise<void> {
  const database = await openDatabase({ url: world.databaseUrl, name: 'test', poolSize: 1 })
  for (const name of names) await createPerson(database.sql, name, role, `password of ${name}`)
  await database[Symbol.asyncDispose]()
}
