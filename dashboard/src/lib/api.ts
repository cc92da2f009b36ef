/** The shapes of the HTTP API: the one thing the dashboard takes from outside its folder, and only as types. */
export type * from '../../../server/api/types.ts'
import type { StepDetail } from '../../../server/api/types.ts'

/** A line of `GET /api/v1/targets`. */
export interface TargetInfo {
  readonly name: string
  readonly connector: string
  readonly title: { readonly fr: string; readonly en: string }
  readonly onFailure: StepDetail['onFailure']
  readonly state: 'up' | 'down' | 'unknown'
}
