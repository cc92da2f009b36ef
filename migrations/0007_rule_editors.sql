-- People who write rules without administering anything else.
set local search_path to passerelle;

alter table person drop constraint person_role_check;
alter table person add constraint person_role_check check (role in ('admin', 'rule_editor', 'approver', 'operator', 'auditor', 'reader'));
