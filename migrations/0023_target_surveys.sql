-- What each target last said of itself when it was asked, and when what the gateway logs in with ends. Everything is added: the version before asks
-- nobody, and tries a notification of the new kind in vain, which then waits for the new one.
set local search_path to passerelle;

create table target_survey (
  target text primary key references target (name) on delete cascade,
  -- of the configuration under which it was asked: after a change, what it said then is not shown any more
  revision integer not null,
  -- what it said; null when it was asked in vain, or when its kind of system has nothing to say
  survey jsonb,
  surveyed_at timestamptz,
  secret_ends_at timestamptz,
  -- when a worker asks again by itself
  next_at timestamptz not null,
  -- when people were last told that the secret ends
  warned_at timestamptz
);

-- Some of what people are told is about a target and no request.
alter table notification alter column request_id drop not null;
alter table notification add column target text;
alter table notification add constraint notification_about check (request_id is not null or target is not null);

alter table notification drop constraint notification_kind_check;
alter table notification add constraint notification_kind_check
  check (kind in ('approval_asked', 'approval_reminder', 'approval_escalated', 'approval_delegated', 'request_settled', 'password_reset', 'secret_ends'));
