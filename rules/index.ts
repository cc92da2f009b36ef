/** What other parts may use of the rules. */
export { openRuleEngine } from './engine.ts'
export type { RuleEngine, RuleEngineOptions, UniqueReservations } from './engine.ts'
export type { PlanInput } from './planner.ts'
export { parseRuleSet } from './parse.ts'
export { RuleSetError } from './problems.ts'
export type { RuleProblem, RuleProblemKind } from './problems.ts'
export type { AttributeRule, OnNull, RuleSet, TargetRules } from './schema.ts'
