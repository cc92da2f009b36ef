/** What every test of the contract works with: one opened fixture, sessions on it, and changes to ask for. */
import * as v from 'valibot'
import pino from 'pino'
import type { Account, Receipt } from '#core/account.ts'
import type { DesiredAttribute, Operation } from '#core/plan.ts'
import type { Attributes } from '#core/values.ts'
import type { Capabilities, Connection, Connector, Driver } from '#connectors/kit/connector.ts'
import { withNarrowing } from '#connectors/kit/survey.ts'
import { perform, type Change } from '#connectors/kit/session.ts'
import type { ContractSuiteOptions, Fixture, Sample, Traits } from './fixture.ts'

export interface Bench extends AsyncDisposable {
  readonly connector: Connector
  readonly traits: Traits
  readonly fixture: Fixture
  /** What this very target can do and what it lacks, as the connector says of its configuration and the target of itself. */
  readonly capabilities: Capabilities
  /** A number no other test has. */
  next(): number
  /** A person no other test has. */
  person(name?: string): Sample
  /** Opens a driver straight to the target, through the proxy, or through what throttles; for a job of half a minute, or of so long. */
  driver(through?: 'proxy' | 'throttle', jobMs?: number): Promise<Driver>
  connect(config: unknown): Connection
  dump(): Promise<string>
}

export async function openBench({ connector, traits, open }: ContractSuiteOptions): Promise<Bench> {
  const fixture = await open()
  const log = pino({ level: 'silent' })
  const connections = new Map<string, Connection>()
  const connect = (config: unknown) => connector.connect(v.parse(connector.config, config), { target: 'under-test', log })
  const { config, proxied, troubles } = fixture
  const configs = { straight: config, proxy: proxied?.config, throttle: troubles?.config ?? config }
  let count = 0
  const next = () => ++count
  return {
    connector,
    traits,
    fixture,
    capabilities: await capabilitiesOf(connector, fixture.config, connect),
    next,
    person: (name) => fixture.sample(next(), name),
    connect,
    dump: () => fixture.dump(),
    async driver(through, jobMs = 30_000) {
      const way = through ?? 'straight'
      const connection = connections.get(way) ?? connect(configs[way])
      connections.set(way, connection)
      return connection.open({ signal: AbortSignal.timeout(jobMs) })
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections.values()) await connection[Symbol.asyncDispose]()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

async function capabilitiesOf(connector: Connector, config: unknown, connect: Bench['connect']): Promise<Capabilities> {
  const declared = connector.capabilitiesOf?.(config) ?? connector.capabilities
  await using connection = connect(config)
  await using driver = await connection.open({ signal: AbortSignal.timeout(30_000) })
  const survey = await driver.survey?.()
  return survey === undefined ? declared : withNarrowing(declared, survey.narrows)
}

/** A change as the planner would make it; `more` says what differs from writing the person's attributes strongly. */
export function changeFor(person: Sample, operation: Operation, more: Partial<Change> = {}): Change {
  return {
    operation,
    key: { nativeId: null, correlate: person.correlate },
    attributes: operation === 'create' ? desired(person.attributes) : {},
    memberships: { add: [], remove: [] },
    secrets: {},
    ...more,
  }
}

export function desired(attributes: Attributes, how: Partial<DesiredAttribute> = {}): Change['attributes'] {
  const entries = Object.entries(attributes).map(
    ([name, values]) => [name, { values, strength: 'strong', multivalued: 'replace', ...how }] as const,
  )
  return Object.fromEntries(entries)
}

/** What the ledger would give back: images survive being written as JSON. */
export function persisted<Image>(image: Image): Image {
  return JSON.parse(JSON.stringify(image)) as Image
}

/** Find, then perform, the way a worker does. */
export async function carryOut(driver: Driver, change: Change): Promise<Receipt> {
  const before = persisted(await driver.find(change.key))
  return persisted(await perform(driver, change, before))
}

/** Creates the person and says what the target then holds. */
export async function created(driver: Driver, person: Sample, more: Partial<Change> = {}): Promise<Account> {
  const receipt = await carryOut(driver, changeFor(person, 'create', more))
  if (receipt.after === null) throw new Error('the creation left no account')
  return receipt.after
}

/** The change of an account of ours, known by its native id. */
export function changeOf(account: Account, operation: Operation, more: Partial<Change> = {}): Change {
  return {
    operation,
    key: { nativeId: account.nativeId, correlate: {} },
    attributes: {},
    memberships: { add: [], remove: [] },
    secrets: {},
    ...more,
  }
}

/** Whether the account logs in with this password; by the driver's word where the fixture cannot try. */
export async function holds(
  { fixture, traits }: Bench,
  driver: Driver,
  account: Account,
  password: string,
): Promise<boolean | null> {
  return fixture.logsIn === undefined
    ? driver.holdsSecret(account, traits.secret ?? '', password)
    : fixture.logsIn(account, password)
}
