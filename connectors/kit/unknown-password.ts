/** A password that nobody is told: for an account that must have one, or whose last one must not stay in force. Never kept anywhere. */
import { randomBytes } from 'node:crypto'

/** 28 characters of all four kinds, with 144 random bits: it meets policies for length and kinds, and fits systems that take no more than 30. */
export function unknownPassword(): string {
  return `Aa1!${randomBytes(18).toString('base64url')}`
}
