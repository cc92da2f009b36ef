/**
 * How many entries a second come into a directory through the connector, beside a bare pool of ldapts clients on the same server. Both take
 * turns, so that what else the machine does falls on both.
 */
import { performance } from 'node:perf_hooks'
import { Client } from 'ldapts'
import pino from 'pino'
import * as v from 'valibot'
import { openDeadline } from '#core/deadline.ts'
import { ldap } from '#connectors/ldap/index.ts'
import type { Connection } from '#connectors/kit/connector.ts'
import { openSlapd, type Slapd } from '#tests/harness/slapd.ts'

export interface LdapAdds {
  readonly bare_adds_s: number
  readonly connector_adds_s: number
  readonly ratio: number
}

export interface LdapAddsOptions {
  /** How often each has its turn. */
  readonly turns: number
  /** Entries in one turn. */
  readonly entries: number
  /** Entries of each before the first turn counts: they open connections, read the schema and let V8 compile what is hot. */
  readonly warmUp: number
  /** Connections of each, all in use. */
  readonly connections: number
}

export async function measureLdapAdds({ turns, entries, warmUp, connections }: LdapAddsOptions): Promise<LdapAdds> {
  await using slapd = await openSlapd()
  await using bare = await openBare(slapd, connections)
  await using connection = connectorTo(slapd, connections)
  const spent = { bare: 0, connector: 0 }
  for (let turn = 0; turn <= turns; turn++) {
    const length = turn === 0 ? warmUp : entries
    const names = (way: string) => Array.from({ length }, (_, index) => `${way}-${turn}-${index}`)
    const inBare = await timed(() => inLanes(connections, names('bare'), (name, lane) => bare.add(name, lane)))
    const inConnector = await timed(() => inLanes(connections, names('connector'), (name) => addThrough(connection, name)))
    if (turn === 0) continue
    spent.bare += inBare
    spent.connector += inConnector
  }
  const perSecond = (ms: number) => Math.round((turns * entries * 1_000) / ms)
  return {
    bare_adds_s: perSecond(spent.bare),
    connector_adds_s: perSecond(spent.connector),
    ratio: Math.round((spent.bare / spent.connector) * 100) / 100,
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** So many at once; each lane takes the next name as soon as it is done. */
async function inLanes(
  lanes: number,
  names: readonly string[],
  add: (name: string, lane: number) => Promise<void>,
): Promise<void> {
  const waiting = names.values()
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const name of waiting) await add(name, lane)
    }),
  )
}

const attributesOf = (name: string) => ({ uid: name, cn: name, sn: name, displayName: name, employeeNumber: name })

async function openBare({ url, bindDn, password, peopleBase }: Slapd, connections: number) {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ url, timeout: 10_000, connectTimeout: 10_000 })
      await client.bind(bindDn, password)
      return client
    }),
  )
  return {
    async add(name: string, lane: number) {
      await clients[lane]?.add(`uid=${name},${peopleBase}`, { objectClass: ['inetOrgPerson'], ...attributesOf(name) })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.unbind()))
    },
  }
}

function connectorTo(slapd: Slapd, connections: number): Connection {
  const { url, bindDn, password: bindPassword, peopleBase, groupBase } = slapd
  const config = v.parse(ldap.config, { url, bindDn, bindPassword, peopleBase, groupBase, poolSize: connections })
  return ldap.connect(config, { target: 'directory', log: pino({ level: 'silent' }) })
}

/** What a job of the gateway does: it takes a connection of the pool, adds the entry and learns its id, and gives the connection back. */
async function addThrough(connection: Connection, name: string): Promise<void> {
  using deadline = openDeadline(10_000)
  await using driver = await connection.open({ signal: deadline.signal })
  const attributes = Object.fromEntries(Object.entries(attributesOf(name)).map(([attribute, value]) => [attribute, [value]]))
  await driver.create({ attributes, memberships: [], enabled: true, secrets: {} })
}
