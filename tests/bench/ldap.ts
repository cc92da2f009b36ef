/** Adds through the LDAP connector beside a bare pool of ldapts clients. The last line is one JSON object. Run it on an idle machine: `npm run bench:ldap`. */
import { measureLdapAdds } from './ldap-adds.ts'

const options = { turns: 10, entries: 500, connections: 5 }
console.log(`${options.turns} turns of ${options.entries} entries each, over ${options.connections} connections`)
console.log(JSON.stringify(await measureLdapAdds(options)))
