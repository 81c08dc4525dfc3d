-- What members prefer goes with their membership; that of those who left before goes now. Forced row-level security binds the
-- owner too: lifted for the one statement. Servers of an earlier version are stopped while this runs, see docs/operations.md.
alter table model_preferences no force row level security;
alter table memberships no force row level security;
delete from model_preferences p
where p.holder_id <> p.tenant_id
    and not exists (select from memberships m where m.tenant_id = p.tenant_id and m.user_id = p.holder_id);
alter table memberships force row level security;
alter table model_preferences force row level security;
