/** For the compiler: whether a schema and a plain type say the same. */
import type * as v from 'valibot'

/** A type without `readonly`, and with its intersections resolved, at every depth. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export type Says<Schema extends v.GenericSchema, Type> = Same<Plain<v.InferOutput<Schema>>, Plain<Type>>

/** An error of the compiler unless every entry is `true`. */
export type AllSame<Proofs extends Readonly<Record<string, true>>> = keyof Proofs
