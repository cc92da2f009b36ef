/** The connectors that this gateway knows, by their ids. */
import type { Connector } from './kit/connector.ts'
import { activeDirectory } from './active-directory/index.ts'
import { firebase } from './firebase/index.ts'
import { glpi } from './glpi/index.ts'
import { keycloak } from './keycloak/index.ts'
import { ldap } from './ldap/index.ts'
import { odoo } from './odoo/index.ts'
import { rest } from './rest/index.ts'
import { scim } from './scim/index.ts'
import { sql } from './sql/index.ts'

export const connectors: Readonly<Record<string, Connector>> = {
  [activeDirectory.id]: activeDirectory,
  firebase,
  glpi,
  keycloak,
  ldap,
  odoo,
  rest,
  scim,
  sql,
}
