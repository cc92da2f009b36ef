/** The immutable ids of Active Directory: bytes on the wire, texts everywhere else ([MS-DTYP] §2.3.4 and §2.4.2). */

/** objectGUID: the first three groups are little-endian. */
export function toGuid(bytes: Buffer): string {
  const group = (from: number, to: number) => Buffer.from(bytes.subarray(from, to))
  const turned = (from: number, to: number) => group(from, to).reverse()
  return [turned(0, 4), turned(4, 6), turned(6, 8), group(8, 10), group(10, 16)].map((part) => part.toString('hex')).join('-')
}

export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

/** Stands for the DN of the object wherever a DN is wanted, however often it moved. */
export function guidDn(guid: string): string {
  return `<GUID=${guid}>`
}

/** The group of a domain by its relative id, seen from an account of the same domain. */
export function primaryGroupDn(objectSid: Buffer, relativeId: string): string {
  const count = objectSid.readUInt8(1)
  const parts = Array.from({ length: count }, (_unused, index) => objectSid.readUInt32LE(8 + 4 * index))
  return `<SID=${['S', objectSid.readUInt8(0), objectSid.readUIntBE(2, 6), ...parts.slice(0, -1), relativeId].join('-')}>`
}
