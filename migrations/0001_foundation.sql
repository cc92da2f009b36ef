-- The ledger: what was asked, what was planned, what was done. Every name here is a word of core/README.md.
-- Migrations only go forward and must be safe while the previous version still runs: expand first, contract later.

create schema if not exists passerelle;
set local search_path to passerelle;

-- Configuration ---------------------------------------------------------------------------------------------------

create table source (
  name text primary key,
  adapter text not null,
  rule_set text not null,
  settings jsonb not null,
  updated_at timestamptz not null default now()
);

create table source_credential (
  source text not null references source on delete cascade,
  kind text not null check (kind in ('basic', 'api_key')),
  -- basic: the user name; api_key: the key's public prefix
  login text not null,
  -- basic: argon2id; api_key: SHA-256 of 256 random bits
  hash text not null,
  primary key (kind, login)
);

create table target (
  name text primary key,
  connector text not null,
  -- secrets are replaced by {"$sealed": id}
  config jsonb not null,
  on_failure text not null default 'required' check (on_failure in ('required', 'best-effort', 'hold')),
  revision bigint not null default 1,
  updated_at timestamptz not null default now()
);

create table rule_set (
  name text not null,
  version integer not null,
  hash text not null,
  text text not null,
  published_at timestamptz not null default now(),
  primary key (name, version)
);

-- Secrets ---------------------------------------------------------------------------------------------------------

-- Only ciphertext (AES-256-GCM, a data key per row); `purpose` is part of what the cipher authenticates.
create table sealed (
  id uuid primary key,
  purpose text not null,
  data bytea not null,
  expires_at timestamptz
);
create index sealed_expiry on sealed (expires_at) where expires_at is not null;

-- Identities ------------------------------------------------------------------------------------------------------

create table identity (
  id uuid primary key,
  source text not null,
  external_id text not null,
  -- external_id folded (NFKC, case); the identity's true key within its source
  key text not null,
  display_name text,
  -- the desired state after the last accepted request; no secrets
  attributes jsonb not null,
  -- targets where the accepted requests leave an account, and the groups they give it: {"target": ["group", …]}
  targets jsonb not null default '{}',
  -- whether the accepted requests leave the identity disabled
  disabled boolean not null default false,
  revision bigint not null default 0,
  -- the one request that may have effects now; others of the identity wait behind it
  active_request uuid,
  updated_at timestamptz not null default now(),
  unique (source, key)
);

create index identity_active on identity (active_request) where active_request is not null;

create table account (
  identity_id uuid not null references identity,
  target text not null,
  native_id text not null,
  label text not null,
  enabled boolean not null,
  updated_at timestamptz not null default now(),
  primary key (identity_id, target)
);
-- One native account has one owner, whoever asks. The id comes first: an index that begins with the target would tempt the planner
-- into reading all accounts of a target.
create unique index account_native on account (native_id, target);

create table reservation (
  namespace text not null,
  value text not null,
  -- "source|key" of the identity: known before the identity has a row
  owner text not null,
  request_id uuid,
  reserved_at timestamptz not null default now(),
  primary key (namespace, value)
);
create index reservation_owner on reservation (owner);

-- Requests --------------------------------------------------------------------------------------------------------

create table request (
  id uuid primary key,
  -- the order of acceptance
  seq bigint generated always as identity,
  identity_id uuid not null references identity,
  source text not null,
  external_id text not null,
  display_name text,
  kind text not null,
  state text not null,
  generation integer not null default 1,
  -- how often the bell was rung for this generation; part of the job ids
  bell integer not null default 0,
  rule_set text not null,
  rule_version integer not null,
  -- the identity's state before this request ({attributes, targets, disabled}), to return to when it is rolled back, and after it
  previous jsonb not null,
  desired jsonb not null,
  -- the computed identity attributes; the steps' plans stand in `step`
  computed jsonb not null,
  plan_hash text not null,
  -- secret name → sealed.id
  secrets jsonb not null default '{}',
  actor text not null,
  problem jsonb,
  received_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  -- when the reconciler must look again; null only for final states
  wake_at timestamptz
);
create unique index request_seq on request (seq);
create index request_newest on request (received_at desc, id desc);
create index request_waiting on request (identity_id, seq) where state = 'received';
create index request_wake on request (wake_at) where wake_at is not null;
create index request_identity on request (identity_id, seq desc);

create table step (
  request_id uuid not null references request,
  target text not null,
  generation integer not null,
  state text not null,
  -- grows with each claim; what a worker writes counts only under the fence it claimed
  fence bigint not null default 0,
  attempts integer not null default 0,
  lease_until timestamptz,
  -- when the call began whose outcome `before` would settle
  called_at timestamptz,
  plan jsonb not null,
  before jsonb,
  after jsonb,
  writes jsonb,
  -- sealed.id of the secrets of the before-image
  before_secrets uuid,
  native_id text,
  label text,
  disposition text,
  error jsonb,
  differences jsonb,
  started_at timestamptz,
  settled_at timestamptz,
  primary key (request_id, target)
) with (toast_tuple_target = 8160);

create table idempotency (
  source text not null,
  key text not null,
  body_hash text not null,
  request_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (source, key)
);

-- What must be rung in BullMQ; written in the same transaction as the state that asks for it.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null check (topic in ('apply', 'undo')),
  request_id uuid not null,
  generation integer not null,
  bell integer not null
);

-- Audit -----------------------------------------------------------------------------------------------------------

create table audit (
  seq bigint primary key,
  at timestamptz not null,
  action text not null,
  actor text not null,
  request_id uuid,
  target text,
  detail jsonb not null,
  -- HMAC-SHA-256 over the previous row's mac and this row's canonical JSON
  mac bytea not null
);
create index audit_request on audit (request_id, seq) where request_id is not null;

create table audit_head (
  one boolean primary key default true check (one),
  seq bigint not null,
  mac bytea not null
) with (fillfactor = 10);
insert into audit_head (seq, mac) values (0, '\x00');

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only';
end $$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function audit_is_append_only();

-- People ----------------------------------------------------------------------------------------------------------

create table person (
  name text primary key,
  role text not null check (role in ('admin', 'operator', 'auditor', 'reader')),
  password_hash text not null,
  locale text check (locale in ('fr', 'en')),
  created_at timestamptz not null default now()
);

create table session (
  -- SHA-256 of the cookie's token
  token_hash text primary key,
  person text not null references person on delete cascade,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
