/** Adds through the LDAP connector beside a bare pool of ldapts clients. The last line is one JSON object. Run it on an idle machine: `npm run bench:ldap`. */
import { measureLdapAdds } from './ldap-adds.ts'

const options = { turns: 12, entries: 1_000, warmUp: 3_000, connections: 5 }
console.log(`${options.turns} turns of ${options.entries} entries each, over ${options.connections} connections`)
console.log(JSON.stringify(await measureLdapAdds(options)))
