-- Rule sets live in versions: written, tested, looked at, published, replaced. What was one row for each published text becomes one row for each
-- version; the version before sees, under the old name, what is or was in force, and may go on adding to it.
set local search_path to passerelle;

alter table rule_set rename to rule_version;
alter index rule_set_pkey rename to rule_version_pkey;
alter table rule_version
  alter column published_at drop not null,
  alter column published_at drop default,
  add column state text not null default 'published'
    check (state in ('draft', 'in_review', 'approved', 'scheduled', 'published', 'superseded', 'rejected', 'withdrawn')),
  -- the document of its tests; null when there are none
  add column cases text,
  -- grows with each change of a draft
  add column revision integer not null default 1,
  add column comment text,
  -- why it is in this state
  add column reason text,
  -- who wrote it, the last one last, as the audit trail names them
  add column authors text[] not null default '{configuration}' check (cardinality(authors) > 0),
  add column based_on integer,
  add column created_at timestamptz not null default now(),
  add column updated_at timestamptz not null default now(),
  add column reviewed_by text,
  add column published_by text,
  -- scheduled: when it comes into force, by the database's clock; published_by is whose right it needs then
  add column publish_at timestamptz,
  -- why it may be published although its tests are red
  add column override_reason text,
  -- how many things are wrong with it, and what its tests came to the last time
  add column problems integer not null default 0,
  add column tests jsonb;

update rule_version set created_at = published_at, updated_at = published_at, published_by = 'configuration';
update rule_version set state = 'superseded' where version < (select max(version) from rule_version newer where newer.name = rule_version.name);

alter table rule_version
  alter column state drop default,
  alter column authors drop default,
  add constraint rule_version_four_eyes check (not reviewed_by = any (authors)),
  add constraint rule_version_reviewed check (state <> 'approved' or reviewed_by is not null),
  add constraint rule_version_scheduled check (state <> 'scheduled' or (publish_at is not null and published_by is not null)),
  add constraint rule_version_published check (state <> 'published' or (published_at is not null and published_by is not null));
-- One version is in force, and one is being written, whoever publishes and writes at once.
create unique index rule_version_in_force on rule_version (name) where state = 'published';
create unique index rule_version_draft on rule_version (name) where state = 'draft';
create index rule_version_scheduled on rule_version (publish_at) where state = 'scheduled';

-- What holds for all versions of a rule set. Whoever changes one of them locks this row.
create table rule_set_policy (
  name text primary key,
  -- whether somebody else than the authors must look at a version before it is published
  four_eyes boolean not null default false,
  -- SHA-256 of what the configuration's files said when they were last applied: they win when they changed since
  applied_hash text
);
insert into rule_set_policy (name) select distinct name from rule_version;

-- That two people are needed, and that what they looked at stays as it was, is not left to the code. What comes from the configuration is
-- reviewed where it is kept.
create function rule_version_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state in ('in_review', 'approved', 'scheduled') and (new.text, new.cases, new.authors) is distinct from (old.text, old.cases, old.authors) then
    raise exception 'a version that is looked at, or was, is not written any more' using errcode = 'check_violation';
  end if;
  if new.state in ('approved', 'scheduled', 'published') and (tg_op = 'INSERT' or old.state <> new.state)
    and new.reviewed_by is null and new.authors <> '{configuration}'
    and exists (select from passerelle.rule_set_policy where name = new.name and four_eyes) then
    raise exception 'this rule set needs four eyes: somebody else than its authors must approve the version' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger rule_version_guard before insert or update on rule_version for each row execute function rule_version_guard();

create view rule_set as select name, version, hash, text, published_at from rule_version where published_at is not null;

-- The version before adds what the configuration says, and knows nothing of drafts, whose numbers are taken.
create function rule_set_applied() returns trigger language plpgsql as $$
begin
  insert into passerelle.rule_set_policy (name) values (new.name) on conflict do nothing;
  perform from passerelle.rule_set_policy where name = new.name for update;
  update passerelle.rule_version set state = 'superseded', updated_at = clock_timestamp() where name = new.name and state = 'published';
  select coalesce(max(version), 0) + 1 into new.version from passerelle.rule_version where name = new.name;
  new.published_at := clock_timestamp();
  insert into passerelle.rule_version (name, version, hash, text, state, authors, published_by, published_at)
    values (new.name, new.version, new.hash, new.text, 'published', '{configuration}', 'configuration', new.published_at);
  return new;
end $$;
create trigger rule_set_applied instead of insert on rule_set for each row execute function rule_set_applied();
