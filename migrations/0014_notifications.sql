-- What people and sources are told, by mail and by webhook: written with the change that it tells of, delivered by workers, at least once. Everything
-- is added: the version before writes nothing here.
set local search_path to passerelle;

-- Where a source wants to hear what became of its requests.
create table source_webhook (
  source text primary key references source on delete cascade,
  url text not null,
  -- sealed.id of what the calls are signed with
  secret uuid not null,
  events text not null check (events in ('all', 'failed')),
  -- addresses that may be called although they are not public
  allow text[] not null default '{}'
);

create table notification (
  -- also the message's id, so that whoever gets it twice can tell
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity,
  channel text not null check (channel in ('mail', 'webhook')),
  kind text not null check (kind in ('approval_asked', 'approval_reminder', 'approval_escalated', 'approval_delegated', 'request_settled')),
  -- person:<name> or source:<name>
  recipient text not null,
  request_id uuid not null,
  approval_id uuid,
  -- of a request_settled: what it came to, and which generation
  told text,
  generation integer,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead')),
  attempts integer not null default 0,
  -- when it is tried; while it is being tried, when another worker may try it
  next_at timestamptz not null default clock_timestamp(),
  error jsonb,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz
);
create index notification_due on notification (next_at) where state = 'waiting';
create index notification_newest on notification (seq desc);
create index notification_dead on notification (seq desc) where state = 'dead';
create index notification_sent on notification (sent_at) where state = 'sent';
-- Nobody is told twice of the same.
create unique index notification_once on notification (approval_id, kind, recipient) where approval_id is not null;

create function announce_notification() returns trigger language plpgsql as $$
begin
  perform pg_notify('passerelle_notifications', '');
  return null;
end $$;
create trigger notification_announced after insert on notification for each statement execute function announce_notification();

-- Whatever ends a request tells its source, should it want to know.
create function tell_source() returns trigger language plpgsql as $$
begin
  insert into passerelle.notification (channel, kind, recipient, request_id, told, generation)
    select 'webhook', 'request_settled', 'source:' || new.source, new.id, new.state, new.generation
    from passerelle.source_webhook where source = new.source and (events = 'all' or new.state <> 'succeeded');
  return null;
end $$;
create trigger request_tells_source after update of state on request for each row
  when (old.state is distinct from new.state and new.state not in ('received', 'awaiting_approval', 'queued', 'running', 'rolling_back'))
  execute function tell_source();
