/** What a GLPI says of itself. */
import type { Survey } from '#connectors/kit/connector.ts'
import * as v from 'valibot'
import type { Glpi } from './server.ts'

const Configuration = v.object({ cfg_glpi: v.object({ version: v.string() }) })

/** Its version stands among its settings, which not every profile may read. */
export async function surveyGlpi({ tell }: Pick<Glpi, 'tell'>): Promise<Survey> {
  const call = { doing: 'asking for the version', method: 'GET', path: '/getGlpiConfig', also: [400, 401, 403, 404] } as const
  const answer = v.safeParse(Configuration, (await tell(call)).json)
  return {
    system: answer.success ? `GLPI ${answer.output.cfg_glpi.version}` : null,
    ...{ facts: [], narrows: {}, secretEndsAt: null },
  }
}
