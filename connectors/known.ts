/** Which connectors there are, and how each is loaded: a worker process that serves one kind of system loads the code of that kind alone. */
import type { Connector } from './kit/connector.ts'

const loaders: Readonly<Record<string, () => Promise<Connector>>> = {
  'active-directory': async () => (await import('./active-directory/index.ts')).activeDirectory,
  firebase: async () => (await import('./firebase/index.ts')).firebase,
  glpi: async () => (await import('./glpi/index.ts')).glpi,
  keycloak: async () => (await import('./keycloak/index.ts')).keycloak,
  ldap: async () => (await import('./ldap/index.ts')).ldap,
  odoo: async () => (await import('./odoo/index.ts')).odoo,
  rest: async () => (await import('./rest/index.ts')).rest,
  scim: async () => (await import('./scim/index.ts')).scim,
  sql: async () => (await import('./sql/index.ts')).sql,
}

export const connectorKinds: readonly string[] = Object.keys(loaders)

/** Those of these kinds that there are. Throws what the code of one throws while it is loaded. */
export async function loadConnectors(kinds: readonly string[]): Promise<Readonly<Record<string, Connector>>> {
  const loaded = await Promise.all(
    kinds.map(async (kind) => {
      const connector = await loaders[kind]?.()
      return connector === undefined ? [] : [[kind, connector] as const]
    }),
  )
  return Object.fromEntries(loaded.flat())
}
