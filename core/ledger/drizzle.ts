/**
 * Drizzle by its CommonJS files. For each of its hundred ES modules Node (26) reads drizzle's package.json anew, which has 180 kB: together that takes
 * seven times as long.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

export const { and, asc, desc, eq, exists, gt, ilike, inArray, lt, or, sql } = load('drizzle-orm') as typeof import('drizzle-orm')
export const { alias, bigint, integer, jsonb, pgSchema, text, timestamp, uuid } = load(
  'drizzle-orm/pg-core',
) as typeof import('drizzle-orm/pg-core')
export const { drizzle } = load('drizzle-orm/postgres-js') as typeof import('drizzle-orm/postgres-js')
export type { AnyColumn, SQL } from 'drizzle-orm'
export type { PostgresJsDatabase } from 'drizzle-orm/postgres-js'
