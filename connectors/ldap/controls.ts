/** Parts of the protocol that the client library leaves to its users: the assertion control and the Password Modify operation. */
import { BerWriter, Control, type Filter } from 'ldapts'

/** OID of the assertion control, RFC 4528. */
export const assertionOid = '1.3.6.1.1.12'

/** OID of the Relax Rules control (draft-zeilenga-ldap-relax), which lets an entry be added with the entryUUID it had. */
export const relaxOid = '1.3.6.1.4.1.4203.666.5.12'

/** OID of the Password Modify extended operation, RFC 3062. */
export const passwordModifyOid = '1.3.6.1.4.1.4203.1.11.1'

/** The operation is done only when its entry matches the filter; otherwise the server answers 122 and does nothing. */
export class AssertionControl extends Control {
  readonly #filter: Filter

  constructor(filter: Filter) {
    super(assertionOid, { critical: true })
    this.#filter = filter
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    this.#filter.write(value)
    writer.writeBuffer(value.buffer, 0x04)
  }
}

export class RelaxControl extends Control {
  constructor() {
    super(relaxOid, { critical: true })
  }
}

/** PasswdModifyRequestValue with the user's DN and the new password, RFC 3062 §2. */
export function passwordModifyValue(dn: string, password: string): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeString(dn, 0x80)
  writer.writeString(password, 0x82)
  writer.endSequence()
  return writer.buffer
}
