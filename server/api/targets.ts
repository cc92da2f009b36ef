/** `/api/v1/targets`: the configured targets, as the dashboard names them. */
import { Hono } from 'hono'
import type { Connector } from '#connectors/kit/connector.ts'
import type { TargetRecord } from '#core/targets.ts'
import { may, type Env } from './context.ts'

export interface TargetRoutesDeps {
  readonly targets: () => readonly TargetRecord[]
  readonly connectors: Readonly<Record<string, Connector>>
}

export function targetRoutes({ targets, connectors }: TargetRoutesDeps) {
  return new Hono<Env>().get('/', may('targets:read'), (c) =>
    c.json({
      items: targets().map(({ name, connector, onFailure }) => ({
        name,
        connector,
        onFailure,
        title: connectors[connector]?.title ?? { en: connector, fr: connector },
        state: 'unknown' as const,
      })),
    }),
  )
}
