-- The demonstration targets of docs/deploy/config. The same as server/standalone/demo-tables.ts; tests/generated.test.ts compares them.
create schema if not exists demo_directory;
create table if not exists demo_directory.person (
  id bigint generated always as identity primary key,
  login text not null unique check (login = lower(login)),
  given_name text, family_name text not null, display_name text, mail text unique, department text, title text,
  password text, active boolean not null default true);
create table if not exists demo_directory.membership (
  person_id bigint not null references demo_directory.person, group_name text not null, primary key (person_id, group_name));
create schema if not exists demo_intranet;
create table if not exists demo_intranet.account (
  id bigint generated always as identity primary key,
  username text not null unique, full_name text not null, email text, service text, phone text,
  status text not null default 'active' check (status in ('active', 'disabled')),
  -- The demonstration's constraint: an intranet that has no room for this department.
  constraint no_room_for_the_moon check (service is distinct from 'Lune'));
