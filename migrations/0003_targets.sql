-- What a target bears, and how it is doing: limits from the configuration, and the circuit breaker and maintenance mode that all
-- processes share.
set local search_path to passerelle;

-- {"concurrency": n, "rateLimit": {"max": n, "perMs": n}, "breaker": {"failures": n, "openForMs": n, "atMostMs": n}}; what is absent has its default
alter table target add column limits jsonb not null default '{}';

-- One row for each target that ever had something to tell; a target without one is closed and healthy.
create table target_state (
  target text primary key references target (name) on delete cascade,
  state text not null default 'closed' check (state in ('closed', 'open', 'half_open')),
  -- since when it is in this state
  since timestamptz not null,
  -- failures in a row while closed
  failures integer not null default 0,
  -- how often in a row it opened; each time for longer
  opens integer not null default 0,
  -- open: when one step may try
  retry_at timestamptz,
  -- half open: the one step that tries, and when it counts as lost
  probe uuid,
  probe_until timestamptz,
  -- when its steps were last let go on: they begin slowly
  closed_at timestamptz,
  last_code text,
  last_failed_at timestamptz,
  maintenance_since timestamptz,
  maintenance_reason text,
  maintenance_by text,
  check ((maintenance_since is null) = (maintenance_reason is null))
);

-- When the request's turn came: the age of the backlog counts from here, not from when it was accepted behind others of its identity.
alter table request add column queued_at timestamptz not null default now();

create function request_was_queued() returns trigger language plpgsql as $$
begin
  new.queued_at := clock_timestamp();
  return new;
end $$;
create trigger request_queued before update of state on request
  for each row when (new.state = 'queued' and old.state <> 'queued') execute function request_was_queued();
