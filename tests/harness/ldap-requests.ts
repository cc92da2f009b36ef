/** Recognising LDAP requests on the wire (RFC 4511 §4.1.1), so that exactly the reply to one of them can be lost. */

/** Application tags of protocolOp. */
export const ldapOperations = {
  bind: 0x60,
  search: 0x63,
  modify: 0x66,
  add: 0x68,
  delete: 0x4a,
  modifyDn: 0x6c,
  extended: 0x77,
} as const

/** Says whether the bytes begin with a request of this kind. */
export function isLdapRequest(operation: keyof typeof ldapOperations): (request: Buffer) => boolean {
  return (request) => operationOf(request) === ldapOperations[operation]
}

/** SEQUENCE { messageID INTEGER, protocolOp … }: the tag that follows the message id. */
function operationOf(request: Buffer): number | null {
  if (request[0] !== 0x30) return null
  const long = ((request[1] ?? 0) & 0x80) === 0 ? 0 : (request[1] ?? 0) & 0x7f
  const id = 2 + long
  if (request[id] !== 0x02) return null
  return request[id + 2 + (request[id + 1] ?? 0)] ?? null
}
