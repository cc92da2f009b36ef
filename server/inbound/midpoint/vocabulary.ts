/**
 * What is known beforehand about midPoint's items (common-3 schema: ObjectType, FocusType, UserType, ActivationType): which
 * are bookkeeping, which hold a single value, and which relations an assignment may have.
 */

/** Items that describe midPoint's own work on the object, or that it computes from others. They never become attributes. */
export const bookkeeping: ReadonlySet<string> = new Set([
  'version',
  'metadata',
  'operationExecution',
  'trigger',
  'iteration',
  'iterationToken',
  'fetchResult',
  'diagnosticInformation',
  'linkRef',
  'personaRef',
  'roleMembershipRef',
  'delegatedRef',
  'parentOrg',
  'parentOrgRef',
  'archetypeRef',
  'tenantRef',
  'roleInfluenceRef',
  'policySituation',
  'policyException',
  'policyStatement',
  'triggeredPolicyRule',
  'effectiveMarkRef',
  'effectiveOperationPolicy',
  'schema',
  'lensContext',
  'identities',
  'behavior',
  'adminGuiConfiguration',
  'valueMetadata',
  'markRef',
  'indestructible',
  'persona',
])

/** Items of a user that hold one value: adding to them replaces. */
export const singleValued: ReadonlySet<string> = new Set([
  'name',
  'fullName',
  'givenName',
  'familyName',
  'additionalName',
  'nickName',
  'honorificPrefix',
  'honorificSuffix',
  'title',
  'preferredLanguage',
  'locale',
  'timezone',
  'emailAddress',
  'telephoneNumber',
  'employeeNumber',
  'personalNumber',
  'costCenter',
  'locality',
  'description',
  'documentation',
  'lifecycleState',
  'jpegPhoto',
  'administrativeStatus',
  'effectiveStatus',
  'validFrom',
  'validTo',
  'lockoutStatus',
])

const severalValued = [
  'subtype',
  'employeeType',
  'organization',
  'organizationalUnit',
  'assignment',
  'construction',
  'association',
]

/** Names that an extension item may not take, whatever the payload holds: `extension/title` is always `extension.title`. */
export const reserved: ReadonlySet<string> = new Set([...singleValued, ...severalValued])

/** The parts of `activation` that say something about the person; the rest are time stamps and derived states. */
export const activationItems: ReadonlySet<string> = new Set([
  'administrativeStatus',
  'effectiveStatus',
  'validFrom',
  'validTo',
  'lockoutStatus',
])

/** Relations of org: other than `default`, which replacing all assignments must clear too. */
export const relations = ['manager', 'meta', 'deputy', 'approver', 'owner', 'consent', 'related'] as const

/** Activation statuses (ActivationStatusType). */
export const statuses: ReadonlySet<string> = new Set(['enabled', 'disabled', 'archived'])
export const offStatuses: ReadonlySet<string> = new Set(['disabled', 'archived'])

/** Lifecycle states in which an assignment is not in force. */
export const idleLifecycles: ReadonlySet<string> = new Set(['draft', 'proposed', 'suspended', 'failed', 'archived'])
