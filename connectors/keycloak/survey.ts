/** What a Keycloak says of itself: its version, where the service account may see it, and what its realm does with attributes. */
import type { Survey } from '#connectors/kit/connector.ts'
import type { HttpClient } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { phrases } from './phrases.ts'
import { keepsAll, readProfile, type Realm } from './realm.ts'

export interface SurveyOptions {
  readonly realm: Realm
  /** Of the server's administration, above that of the realm. */
  readonly server: HttpClient
  readonly signal: AbortSignal
}

const Info = v.object({ systemInfo: v.object({ version: v.string() }) })

export async function surveyRealm({ realm, server, signal }: SurveyOptions): Promise<Survey> {
  const profile = await readProfile(realm)
  const call = { doing: 'asking for the version', method: 'GET', path: '/serverinfo', also: [401, 403, 404], signal } as const
  const info = v.safeParse(Info, (await server.call(call)).json)
  return {
    system: info.success ? `Keycloak ${info.output.systemInfo.version}` : null,
    facts: [keepsAll(profile) ? phrases.keepsUnmanaged : phrases.dropsUnmanaged],
    ...{ narrows: {}, secretEndsAt: null },
  }
}
