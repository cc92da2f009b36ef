/** What the fixture knows of targets' settings: the forms of connectors, settings of a directory and of a database without secrets, a test, attributes. */
import type { Connector, Survey } from '../../connectors/kit/connector.ts'
import { directoryPhrases } from '../../connectors/kit/ldap/phrases.ts'
import { phrases } from '../../connectors/ldap/phrases.ts'
import { connectors } from '../../connectors/index.ts'
import { capabilitiesOf, toTargetSurvey } from '../../server/configuration/capabilities.ts'
import { toConnectorKind } from '../../server/configuration/form.ts'
import { checkSettings } from '../../server/configuration/settings.ts'
import type { AttributeSchema, Me, Target, TargetDetail, TargetSchema, TargetSettings, TargetTest } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'

/** The answers below `/connectors`. */
export async function kindsOf(request: Request): Promise<Response> {
  if (request.method !== 'POST') return json({ items: Object.values(connectors).map(toConnectorKind) })
  const id = /connectors\/(.+)\/check$/.exec(request.url)?.[1] ?? ''
  const connector: Connector | undefined = connectors[id]
  if (connector === undefined) return problem(404, 'missing')
  return json(checkSettings(connector, (await request.json()) as Parameters<typeof checkSettings>[1]))
}

/** The answers below `/targets/{name}`; null for its maintenance. */
export function settingsOf(targets: readonly Target[], { role }: Me, [name, part]: readonly string[]): Response | null {
  const known = targets.find((target) => target.name === name)
  if (known === undefined) return problem(404, 'missing')
  if (part === undefined) return json(detailOf(known))
  if (part === 'schema') return name === 'badges' ? problem(503, 'transient') : json(schema)
  if (role !== 'admin' && role !== 'operator') return problem(403, 'forbidden')
  if (part === 'test') return json(name === 'annuaire' ? passed : failed)
  return part === 'settings' ? json(answerOf(settingsFor(known.name), known.name)) : null
}

function answerOf(settings: Omit<TargetSettings, 'name' | 'capabilities'>, name: string): TargetSettings {
  const connector: Connector | undefined = connectors[settings.connector]
  return { ...settings, name, capabilities: connector === undefined ? null : capabilitiesOf(connector, settings.config) }
}

/** The directory was asked, and its service account is nearly over; of the others nobody asked anything. */
function detailOf(known: Target): TargetDetail {
  const { connector: id, config } = settingsFor(known.name)
  const connector: Connector | undefined = connectors[id]
  const survey = known.name === 'annuaire' ? said : null
  const capabilities = connector === undefined ? null : capabilitiesOf(connector, config, survey)
  const surveyedAt = new Date(Date.now() - 3.5 * 3_600_000)
  return { ...known, connector: id, capabilities, survey: survey && toTargetSurvey({ survey, surveyedAt }) }
}

const said: Survey = {
  system: 'OpenLDAP 2.6',
  facts: [phrases.asserts, phrases.hiddenPasswords],
  narrows: { undo: { password: 'reset' } },
  secretEndsAt: new Date(Date.now() + 9.5 * 86_400_000).toISOString(),
}

const settingsFor = (name: string) => (name === 'badges' ? database : directory)

const database: Omit<TargetSettings, 'name' | 'capabilities'> = {
  connector: 'sql',
  config: { dialect: 'postgres', table: 'badge', key: 'id', active: { column: 'valid', whenActive: true, whenInactive: false } },
  secrets: { url: true, password: false },
  revision: 2,
}
const directory: Omit<TargetSettings, 'name' | 'capabilities'> = {
  connector: 'ldap',
  config: {
    url: 'ldaps://annuaire.example.org',
    bindDn: 'cn=passerelle,dc=example,dc=org',
    peopleBase: 'ou=people,dc=example,dc=org',
    groupBase: 'ou=groups,dc=example,dc=org',
    disable: { by: 'move', disabledBase: 'ou=former,dc=example,dc=org' },
  },
  secrets: { bindPassword: true },
  revision: 4,
}

const good = directoryPhrases.loggedIn
const untold = { message: null, hint: null, code: null, vendorCode: null, phrase: null, milliseconds: null } as const
const steps = ['name', 'tcp', 'tls', 'login', 'rights', 'schema'] as const
const passed: TargetTest = {
  ok: true,
  testedAt: '2026-11-02T08:00:00.000Z',
  steps: steps.map((check, index) => ({
    check,
    state: 'passed',
    ...{ message: good.en, hint: null, code: null, vendorCode: null, phrase: good },
    milliseconds: 3 * index,
  })),
}
const failed: TargetTest = {
  ...passed,
  ok: false,
  steps: steps.map((check, index) => {
    if (index < 2) return { ...untold, check, state: 'passed', message: good.en, phrase: good, milliseconds: 2 }
    if (index > 2) return { ...untold, check, state: 'not_tried' }
    return {
      check,
      state: 'failed',
      message: 'encrypting: the directory’s certificate is not accepted (SELF_SIGNED_CERT_IN_CHAIN)',
      hint: directoryPhrases.certificate.en,
      code: 'config',
      vendorCode: 'SELF_SIGNED_CERT_IN_CHAIN',
      phrase: directoryPhrases.certificate,
      milliseconds: 41,
    }
  }),
}

const attribute = (name: string, more: Partial<AttributeSchema> = {}): AttributeSchema => ({
  ...{ name, type: 'string', multivalued: false, required: false, readOnly: false, writeOnly: false, unique: false },
  ...{ maxLength: null, allowedValues: null },
  ...more,
})
const schema: TargetSchema = {
  readAt: '2026-11-02T08:00:00.000Z',
  attributes: [
    attribute('uid', { required: true, unique: true, maxLength: 256 }),
    attribute('cn', { required: true, multivalued: true }),
    attribute('employeeType', { allowedValues: ['internal', 'external'] }),
    attribute('manager', { type: 'reference' }),
    attribute('entryUUID', { readOnly: true }),
  ],
}
