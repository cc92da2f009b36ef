/** A small JSON body of a person's call, held against its schema. */
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { readJson } from '../json-body.ts'

/** Throws `unprocessable`, naming the place and showing what is expected. @param example a body that is right */
export function readBody<const Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  example: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, readJson(text))
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? 'the body'
  const message = path === 'reason' ? 'whoever decides says why, in 3 to 500 characters' : `${path} is not as expected`
  throw new GatewayError('unprocessable', message, { at: `/${path}`, hint: `send ${example}` })
}
