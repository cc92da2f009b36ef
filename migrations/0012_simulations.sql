-- Simulations: what another version of a rule set would make of requests that really came, or of everybody. Nothing else is written by them,
-- and nothing that is written here has an effect.
set local search_path to passerelle;

create table simulation (
  id uuid primary key,
  -- the order in which they were asked for
  seq bigint generated always as identity,
  rule_set text not null,
  -- what is tried, and the version in force that it is held against, both as they were when it began
  version integer not null,
  text text not null,
  against integer not null,
  against_text text not null,
  scope jsonb not null,
  -- of a population: the sources whose identities are tried
  sources text[] not null,
  -- the targets of both versions, and how those were configured (see target_mark)
  targets text[] not null,
  targets_mark text not null,
  -- what plans depend on besides rules and identities
  context jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'cancelled', 'failed')),
  total integer not null,
  done integer not null default 0,
  -- where it begins and how far it came: a request's seq, going back; an identity's id, going on
  first_key text not null,
  last_key text,
  tally jsonb not null,
  -- grows with each claim; what a worker writes counts only under the fence it claimed
  fence bigint not null default 0,
  lease_until timestamptz,
  -- claims since anything was written: it may be what kills its workers
  claims integer not null default 0,
  by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  problem jsonb
);
create index simulation_newest on simulation (rule_set, seq desc);
create index simulation_unfinished on simulation (id) where state in ('waiting', 'running');

create table simulation_result (
  simulation_id uuid not null references simulation on delete cascade,
  ord integer not null,
  request_id uuid,
  source text not null,
  external_id text not null,
  display_name text,
  kind text not null,
  outcome text not null check (outcome in ('same', 'changed', 'failing')),
  problem jsonb,
  changes jsonb not null,
  primary key (simulation_id, ord)
);

-- One text for how some targets are configured, as far as plans depend on it: another one after every change that matters to them.
create function target_mark(names text[]) returns text language sql stable as $$
  select coalesce(string_agg(name || ' ' || connector || ' ' || on_failure, E'\n' order by name), '') from passerelle.target where name = any(names)
$$;
