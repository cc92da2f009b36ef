/** A snapshot in Prometheus' text format. Labels are names of targets, states and processes: nothing of anybody's data. */
import { Counter, Gauge, Registry } from 'prom-client'
import { cacheKinds } from '#core/cache.ts'
import { requestStates } from '#core/states.ts'
import type { Snapshot } from './snapshot.ts'

const conditions = ['ok', 'open', 'half_open', 'maintenance'] as const

/** A registry per answer: nothing of the one before is left in it, and two that are asked for at once do not mix. */
export function toText(snapshot: Snapshot): Promise<string> {
  const registry = new Registry()
  workMetrics(registry, snapshot)
  targetMetrics(registry, snapshot)
  processMetrics(registry, snapshot)
  return registry.metrics()
}

function workMetrics(registry: Registry, { work }: Snapshot): void {
  const registers = [registry]
  const requests = new Gauge({
    name: 'passerelle_requests',
    help: 'Requests that are not over, by state; those that need attention included',
    labelNames: ['state'],
    registers,
  })
  const lastHour = new Gauge({
    name: 'passerelle_requests_last_hour',
    help: 'Requests received within the last hour, by the state they are in now',
    labelNames: ['state'],
    registers,
  })
  const steps = new Gauge({
    name: 'passerelle_steps',
    help: 'Steps of requests that are not over, by target and state',
    labelNames: ['target', 'state'],
    registers,
  })
  for (const state of requestStates) {
    requests.set({ state }, countOf(work.requests, state))
    lastHour.set({ state }, countOf(work.lastHour, state))
  }
  for (const { target, state, count } of work.steps) steps.set({ target, state }, count)
}

const countOf = (rows: readonly { readonly state: string; readonly count: number }[], wanted: string) =>
  rows.find(({ state }) => state === wanted)?.count ?? 0

function targetMetrics(registry: Registry, { backlogs, accesses, conditions: known }: Snapshot): void {
  const own = { labelNames: ['target' as const], registers: [registry] }
  const queued = new Gauge({ name: 'passerelle_target_queued_steps', help: 'Steps that wait for the target', ...own })
  const running = new Gauge({ name: 'passerelle_target_running_steps', help: 'Steps that workers are carrying out', ...own })
  const oldest = new Gauge({
    name: 'passerelle_target_oldest_waiting_seconds',
    help: 'For how long the oldest step of the target has waited; 0 when none does',
    ...own,
  })
  const condition = new Gauge({
    name: 'passerelle_target_condition',
    help: '1 for the condition that the target is in: ok, open (its breaker), half_open, maintenance',
    labelNames: ['target', 'condition'],
    registers: [registry],
  })
  const ends = new Gauge({
    name: 'passerelle_target_access_ends_time_seconds',
    help: 'When what the gateway logs in to the target with ends, in seconds since 1970, where the target says it',
    ...own,
  })
  for (const { target, endsAt } of accesses) ends.set({ target }, endsAt.getTime() / 1000)
  for (const { target, condition: present } of known) {
    const backlog = backlogs.get(target)
    queued.set({ target }, backlog?.queued ?? 0)
    running.set({ target }, backlog?.running ?? 0)
    oldest.set({ target }, (backlog?.oldestMs ?? 0) / 1000)
    for (const name of conditions) condition.set({ target, condition: name }, name === present ? 1 : 0)
  }
}

function processMetrics(registry: Registry, { processes }: Snapshot): void {
  const labelNames = ['part', 'process'] as const
  const registers = [registry]
  const resident = new Gauge({ name: 'passerelle_process_resident_bytes', help: 'Memory of a process', labelNames, registers })
  const heap = new Gauge({ name: 'passerelle_process_heap_bytes', help: 'JavaScript heap in use', labelNames, registers })
  const started = new Gauge({
    name: 'passerelle_process_start_time_seconds',
    help: 'When a process started, in seconds since 1970: a process that is ended and started again has another one',
    labelNames,
    registers,
  })
  const cached = (result: string, help: string) =>
    new Counter({ name: `passerelle_cache_${result}_total`, help, labelNames: [...labelNames, 'kind'], registers })
  const hits = cached('hits', 'Answers of targets that the cache knew')
  const misses = cached('misses', 'Answers that targets had to be asked for')
  const failures = cached('failures', 'Times the store of the cache could not be used')
  for (const { part, host, pid, startedAt, residentBytes, heapBytes, cache } of processes) {
    const labels = { part, process: `${host}:${pid}` }
    resident.set(labels, residentBytes)
    heap.set(labels, heapBytes)
    started.set(labels, startedAt.getTime() / 1000)
    for (const kind of cacheKinds) {
      hits.inc({ ...labels, kind }, cache[kind]?.hits ?? 0)
      misses.inc({ ...labels, kind }, cache[kind]?.misses ?? 0)
      failures.inc({ ...labels, kind }, cache[kind]?.failures ?? 0)
    }
  }
}
