/** Values as a part of a distinguished name. */
import { textArgument } from './arguments.ts'

/**
 * `$dnEscape(text)` → the text as the value of an RDN (RFC 4514, section 2.4): `, + " \ < > ;` and `=` with a backslash before them, and
 * so a `#` or a blank at the beginning and a blank at the end; NUL as `\00`.
 *
 * `"cn=" & $dnEscape("Dupont, Zoé") & ",ou=people,dc=example,dc=org"` → `"cn=Dupont\, Zoé,ou=people,dc=example,dc=org"`; no value → no value.
 * Fails when the text is a list or an object.
 */
export function dnEscape(text: unknown): string | undefined {
  return textArgument('$dnEscape', 1, text)
    ?.replaceAll(/[\\",+<>;=]/g, String.raw`\$&`)
    .replaceAll('\0', String.raw`\00`)
    .replace(/^[# ]/, String.raw`\$&`)
    .replace(/(?<!^\\) $/, String.raw`\ `)
}
