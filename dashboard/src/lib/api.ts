/** The shapes of the HTTP API: the one thing the dashboard takes from outside its folder, and only as types. */
export type * from '../../../server/api/types.ts'
