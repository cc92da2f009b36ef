/** userAccountControl is a field of bits, most of which belong to others: each is read and written alone ([MS-ADTS] §2.2.16). */

export const disabledBit = 0x2
const normalAccount = 0x200

/** What rules may write, as truth values with names of their own. */
export const flagBits = {
  passwordNotRequired: 0x20,
  passwordNeverExpires: 0x1_0000,
  smartcardLogonRequired: 0x4_0000,
  notDelegated: 0x10_0000,
} as const
export type Flag = keyof typeof flagBits
export const flags = Object.keys(flagBits) as readonly Flag[]

/** A new account, which is disabled until it has a password. */
export const newAccount = normalAccount | disabledBit

/** The highest bit may be set: an integer of 32 bits with its sign, as the directory writes it. */
export function withBit(control: number, bit: number, on: boolean): number {
  return on ? control | bit : control & ~bit
}

export function hasBit(control: number, bit: number): boolean {
  return (control & bit) !== 0
}
