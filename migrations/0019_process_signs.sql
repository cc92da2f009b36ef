-- What each process of the gateway says of itself, every few seconds: memory, and how often its cache knew the answer. Nothing is decided by it, so
-- that it may be lost in a crash of PostgreSQL.
create unlogged table process_sign (
  id uuid primary key,
  -- 'server', 'worker', 'worker-shared', 'worker-ldap', …
  part text not null,
  host text not null,
  pid integer not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  resident_bytes bigint not null,
  heap_bytes bigint not null,
  -- By kind: {"hits": 1, "misses": 2, "failures": 0}.
  cache jsonb not null);
