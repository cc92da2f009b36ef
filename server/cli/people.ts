/** `people …`: who may log in, and as what. A password is made here and shown once. */
import { randomBytes } from 'node:crypto'
import { openDatabase } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { openLedger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { createSealer } from '#core/sealing.ts'
import { roles } from '../api/types.ts'
import { createPerson } from '../auth/sessions.ts'
import { environmentOfThisMachine } from '../standalone/environment.ts'
import { setEmail } from './person-email.ts'
import { cliActor, oneOf, readWords, wrongUsage } from './words.ts'

const usage = `people list, people add NAME --role ${roles.join('|')}, people role NAME ROLE, people email NAME [ADDRESS], people remove NAME`

export async function peopleCommand([verb, ...args]: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, { role: { type: 'string' } })
  const [name = '', word = values.role] = positionals
  if (verb !== 'list' && (name === '' || positionals.length > 2)) throw wrongUsage(usage)
  const { environment } = environmentOfThisMachine()
  await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 2 })
  const { sql } = database
  const ledger = openLedger({ database, sealer: createSealer(environment.PASSERELLE_KEY), log })
  const actor = cliActor()
  switch (verb) {
    case 'list': {
      const people = await sql<{ name: string; role: string }[]>`select name, role from person order by name`
      for (const person of people) console.log(`${person.name} (${person.role})`)
      return true
    }
    case 'add': {
      if (!/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,99}$/u.test(name))
        throw wrongUsage('a name holds letters, digits and . _ @ -, 100 at most, and begins with a letter or a digit')
      const role = oneOf('--role', word ?? '', roles)
      const password = randomBytes(15).toString('base64url')
      if (!(await createPerson(sql, name, role, password))) throw new GatewayError('exists', `there is somebody named ${name}`)
      await ledger.record({ action: 'person_created', actor, detail: { name, role } })
      console.log(`✔ ${name} (${role}) can log in with the password ${password}   (shown only now)`)
      return true
    }
    case 'role': {
      const role = oneOf('the role', word ?? '', roles)
      await ledger.change(async (tx, record) => {
        requireSomebody(await tx`update person set role = ${role} where name = ${name}`, name)
        record.audit({ action: 'person_changed', actor, detail: { name, role } })
      })
      console.log(`✔ ${name} is ${role} from now on`)
      return true
    }
    case 'email': {
      const address = word ?? null
      await setEmail({ database, ledger }, name, address, actor)
      console.log(address === null ? `✔ ${name} has no address any more` : `✔ ${name} is written to at ${address}`)
      return true
    }
    case 'remove':
      await ledger.change(async (tx, record) => {
        requireSomebody(await tx`delete from person where name = ${name}`, name)
        record.audit({ action: 'person_removed', actor, detail: { name } })
      })
      console.log(`✔ ${name} cannot log in any more`)
      return true
    default:
      throw wrongUsage(usage)
  }
}

function requireSomebody({ count }: { readonly count: number }, name: string): void {
  if (count === 0) throw new GatewayError('missing', `there is nobody named ${name}`, { hint: 'npm run cli -- people list' })
}
