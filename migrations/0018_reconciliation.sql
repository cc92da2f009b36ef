-- Reconciliation: what a target holds, beside what the ledger believes it holds. Nothing in a target is changed by it.
set local search_path to passerelle;

-- When a target is reconciled by itself: {"everyMs": n} or {"cron": "…", "timeZone": "…"}; null: never.
alter table target add column reconcile jsonb;

-- Since when an account is the identity's that the gateway did not make: it was found there, or a person said whose it is. Null: it was made.
alter table account add column adopted_at timestamptz;
update account set adopted_at = step.settled_at from request, step
  where step.disposition = 'adopted' and step.state = 'applied' and request.id = step.request_id
    and account.identity_id = request.identity_id and account.target = step.target and account.native_id = step.native_id;

-- Accounts that were an identity's until a moment ago: a listing that began before may still hold them, and they are nobody's orphans.
create table account_gone (
  native_id text not null,
  target text not null,
  gone_at timestamptz not null,
  primary key (native_id, target)
);

create table reconciliation (
  id uuid primary key,
  -- the order in which they were begun
  seq bigint generated always as identity unique,
  target text not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'cancelled', 'failed')),
  by text not null,
  reason text,
  -- accounts that the ledger had there when it began, and what was found so far
  expected integer not null,
  listed integer not null default 0,
  matched integer not null default 0,
  missing integer not null default 0,
  orphan integer not null default 0,
  divergent integer not null default 0,
  adopted integer not null default 0,
  -- not judged, because the gateway itself was changing them
  busy integer not null default 0,
  pages integer not null default 0,
  -- the last account of the last page that was written: where targets list in order, whoever takes over goes on behind it
  last_key text,
  -- grows with each claim; what a worker writes counts only under the fence it claimed
  fence bigint not null default 0,
  lease_until timestamptz,
  -- not before then: the target asked for a pause, or failed
  resume_at timestamptz,
  -- claims since anything was written
  claims integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  problem jsonb
);
-- One at a time for each target.
create unique index reconciliation_unfinished on reconciliation (target) where state in ('waiting', 'running');
create index reconciliation_newest on reconciliation (target, seq desc);

-- The accounts that an unfinished reconciliation has seen: here and not in a worker's memory, so that it takes as little for many as for few.
create table reconciliation_seen (
  reconciliation_id uuid not null references reconciliation on delete cascade,
  native_id text not null,
  primary key (reconciliation_id, native_id)
);

create table finding (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  target text not null,
  kind text not null check (kind in ('missing', 'orphan', 'divergent', 'adopted')),
  native_id text not null,
  label text not null,
  -- whose account it is; null for orphans
  identity_id uuid,
  -- of an orphan: who it may belong to
  candidate_id uuid,
  -- [{item, expected, found}], without secrets
  differences jsonb not null default '[]',
  -- the first and the last reconciliation that found it, by seq
  first_run bigint not null,
  last_run bigint not null,
  found_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  closed_by text,
  ignored_until timestamptz,
  ignored_by text,
  ignore_reason text,
  -- the request that is to repair it, and how many there were
  request_id uuid,
  repairs integer not null default 0,
  check ((closed_at is null) = (closed_by is null)),
  check ((ignored_until is null) = (ignore_reason is null))
);
-- A thing has one finding for as long as it lasts, however often it is found.
create unique index finding_open on finding (target, kind, native_id) where closed_at is null;
create index finding_of_target on finding (target, seq desc);
