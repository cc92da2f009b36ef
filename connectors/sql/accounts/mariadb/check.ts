import type { Step } from '#connectors/kit/probe.ts'
import type { SqlConfig } from '../../config.ts'
import type { SqlConnection } from '../../dialect.ts'
export function mariadbSteps(_target: string, _config: SqlConfig, _opened: () => SqlConnection): readonly Step[] {
  return []
}
