-- Every tenant's audit log has a head from the tenant's beginning, so that a log that is gone together with it shows.

-- Forced row-level security binds the owner too: lifted for one statement.
alter table tenants no force row level security;
alter table audit_heads no force row level security;
insert into audit_heads (tenant_id, sequence, hash)
select tenant_id, 0, repeat('0', 64) from tenants
on conflict (tenant_id) do nothing;
alter table tenants force row level security;
alter table audit_heads force row level security;

create index platform_audit_entries_time on platform_audit_entries (at);
create index platform_audit_entries_user on platform_audit_entries (actor_user_id, sequence)
    where actor_user_id is not null;
