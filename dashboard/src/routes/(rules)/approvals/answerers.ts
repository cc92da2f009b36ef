/** Who may answer an approval: roles in words, people by their names. */
import type { Approval } from '#lib/api.ts'
import type { Format } from '#lib/i18n/format.ts'
import type { Translate } from '#lib/i18n/translate.ts'

export function answerers({ roles, people }: Pick<Approval, 'roles' | 'people'>, t: Translate, format: Format): string {
  return format.list([
    ...roles.map((role) => t(`approval.role.${role}`)),
    ...people.map((person) => person.replace(/^person:/, '')),
  ])
}
