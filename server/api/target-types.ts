/** The answers about kinds of connectors and about targets' settings, tests and schemas, as types only; `types.ts` passes them on. */
import type { AttributeSchema, Capabilities, ConnectionCheck, Lack, MembershipHome, Text } from '#connectors/kit/connector.ts'
import type { Phrase } from '#core/phrase.ts'

export type { AttributeSchema, ConnectionCheck } from '#connectors/kit/connector.ts'
export type { Phrase } from '#core/phrase.ts'

/** text, whole (number), number, boolean; choice: one of `values`; list: of `item`; map: texts by name; group: `fields`; variants: one of; any: YAML. */
export type FieldType = 'text' | 'whole' | 'number' | 'boolean' | 'choice' | 'list' | 'map' | 'group' | 'variants' | 'any'

export interface FormLimits {
  readonly min: number | null
  readonly max: number | null
  readonly minLength: number | null
  readonly maxLength: number | null
  /** A regular expression. */
  readonly pattern: string | null
}

/** One setting of a connector, as a form shows it. */
export interface FormField {
  readonly name: string
  readonly type: FieldType
  readonly label: Text
  readonly help: Text | null
  readonly required: boolean
  readonly nullable: boolean
  /** Sealed when it is applied, and never shown again. */
  readonly secret: boolean
  /** What holds when nothing is said; null when nothing does. */
  readonly default: unknown
  readonly limits: FormLimits
  readonly values: readonly string[] | null
  readonly fields: readonly FormField[] | null
  readonly item: FormField | null
  /** It counts, and is shown, only while the setting of this name beside it has one of these values; null: always. */
  readonly when: { readonly field: string; readonly values: readonly string[] } | null
  readonly variants: readonly { readonly label: Text; readonly fields: readonly FormField[] }[] | null
}

/** What a kind of system, or a target with its settings, can do, undo and bear. */
export interface TargetCapabilities {
  readonly undo: Capabilities['undo']
  readonly idempotent: Capabilities['idempotent']
  readonly lacks: readonly Lack[]
  /** Where a membership is kept; null where there are none. */
  readonly memberships: MembershipHome | null
  readonly conditionalWrite: Capabilities['conditionalWrite']
  /** What the immutable id is, such as `entryUUID`. */
  readonly nativeId: string
  /** Jobs of one process at a time. */
  readonly concurrency: number
  /** Steps in each such time, where the system has a quota. */
  readonly rate: { readonly max: number; readonly perMs: number } | null
  readonly deadlineMs: number
}

export interface ConnectorKind extends TargetCapabilities {
  readonly id: string
  readonly title: Text
  readonly fields: readonly FormField[]
}

/** What a target said of itself when it was asked last, under its present configuration. */
export interface TargetSurvey {
  readonly surveyedAt: string
  /** Its product and version, such as `PostgreSQL 15.14`; null where it does not say. */
  readonly system: string | null
  readonly facts: readonly Phrase[]
  /** When what the gateway logs in with ends; null where it does not, or nobody says. */
  readonly secretEndsAt: string | null
}

/** A target's settings as they are applied. */
export interface TargetSettings {
  readonly name: string
  readonly connector: string
  /** Without secrets, and without the values of headers. */
  readonly config: Readonly<Record<string, unknown>>
  /** By setting: whether it is set. */
  readonly secrets: Readonly<Record<string, boolean>>
  readonly revision: number
  /** With these settings, and by the target's own word where it was asked; null for a connector that this version does not know. */
  readonly capabilities: TargetCapabilities | null
}

/** Whether settings are right, and how they stand in the configuration. */
export interface SettingsCheck {
  readonly ok: boolean
  readonly problems: readonly {
    readonly path: string
    readonly message: string
    /** The same for people; null: the connector says it in English only. */
    readonly phrase: Phrase | null
  }[]
  /** The target's entry in the configuration's file. */
  readonly yaml: string
}

export interface TargetTest {
  readonly ok: boolean
  readonly testedAt: string
  /** In the order in which they are tried; the first failure ends the test. */
  readonly steps: readonly {
    readonly check: ConnectionCheck
    readonly state: 'passed' | 'failed' | 'not_tried'
    readonly message: string | null
    readonly hint: string | null
    /** Of a step that failed: why; null where the error is none of ours. */
    readonly code: string | null
    /** The system's own code, such as `LDAP 49`. */
    readonly vendorCode: string | null
    /** What was found, for people; of a step that failed, what can be done about it. */
    readonly phrase: Phrase | null
    readonly milliseconds: number | null
  }[]
}

export interface TargetSchema {
  readonly readAt: string
  readonly attributes: readonly AttributeSchema[]
}
