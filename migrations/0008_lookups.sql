-- Lookup tables, which rules read by a key, in versions: a request says which versions its plan was made with. Everything is added: the version
-- before goes on running, and knows no tables.
set local search_path to passerelle;

create table lookup_table (
  name text not null,
  version integer not null,
  -- {"fr": …, "en": …}
  description jsonb,
  -- {"key": "value"}
  rows jsonb not null,
  fallback text,
  -- SHA-256 over rows and fallback
  hash text not null,
  -- `person:<name>`, or `configuration` for what came from a file
  updated_by text not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (name, version)
);

-- Table → version; null when the plan's rules read none.
alter table request add column lookups jsonb;

-- What a request has reserved is found by it when it ends, or was never accepted.
create index if not exists reservation_request on reservation (request_id);
