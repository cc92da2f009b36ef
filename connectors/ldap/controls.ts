/** Parts of the protocol that the client library leaves to its users: the assertion control and the Password Modify operation. */
import { BerWriter, Control, type BerReader, type Filter } from 'ldapts'

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

/** OID of the post-read control, RFC 4527 §3.2. */
const postReadOid = '1.3.6.1.1.13.2'
const searchResultEntry = 0x64
const set = 0x31

/** The answer to a write says what one attribute of the entry then is; a server that does not know the control leaves it out. */
export class PostReadControl extends Control {
  readonly #attribute: string
  /** The first value, once the write was answered; null when the server did not say. */
  value: string | null = null

  constructor(attribute: string) {
    super(postReadOid)
    this.#attribute = attribute
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    value.startSequence()
    value.writeString(this.#attribute)
    value.endSequence()
    writer.writeBuffer(value.buffer, 0x04)
  }

  /** A SearchResultEntry: the DN, then attributes of a name and a set of values. */
  protected override parseControl(reader: BerReader): void {
    reader.readSequence(searchResultEntry)
    reader.readString()
    reader.readSequence()
    if (reader.remain === 0) return
    reader.readSequence()
    reader.readString()
    reader.readSequence(set)
    this.value = reader.remain === 0 ? null : reader.readString()
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
