/** Rule sets as tests need them. */

/** The same rules for an organisation whose accounts were there before the gateway: what a name finds is the identity's own. */
export function adopting(ruleSet: unknown): Record<string, unknown> {
  const rules = ruleSet as { readonly targets: Readonly<Record<string, object>> }
  const targets = Object.entries(rules.targets).map(([name, target]) => [name, { ...target, existing: 'adopt' }] as const)
  return { ...rules, targets: Object.fromEntries(targets) }
}
