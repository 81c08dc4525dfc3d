-- The gate, fast: what a process remembers of accounts is known to be true by a version, and rows are written for less.

-- Another number after every change of the account's row, grants, subscription or counters: what a process remembers of the
-- account under its number is true. Never the number of a change that was rolled back.
alter table credit_accounts add column version bigint not null default 0;

-- Counts the changes of what decisions rely on beside accounts: the tenant's own row, and who is limited.
alter table tenants add column gate_version bigint not null default 0;

-- As a predicate of an index, "remaining > 0" made every draw on a grant write to all indexes of the table: PostgreSQL
-- updates a row in place only where no column changes that an index names. Whether anything is left changes once.
alter table credit_grants add column live boolean not null generated always as (remaining > 0) stored;
drop index credit_grants_live;
create index credit_grants_live on credit_grants (tenant_id, account_id) where live;

-- Room in each page for the next version of its rows, which then needs no index entries.
alter table credit_accounts set (fillfactor = 70);
alter table credit_grants set (fillfactor = 70);
alter table quota_counters set (fillfactor = 70);

-- Ends the transaction where something is not as expected: what follows in the same round trip is not even tried.
create function expect(actual bigint, expected bigint) returns void language plpgsql as $$
begin
    if actual is distinct from expected then
        raise exception 'remembered by an old version' using errcode = 'AL001';
    end if;
end $$;

-- Rows of a tenant are seen and written by its own units of work alone.
--
-- The setting is read and taken apart once for a statement, in the inner select; the type is named again outside so that
-- the select is an array and no list of rows. "is true" keeps the condition from being looked up in an index, where it
-- would say again what every statement says already, and would tell the planner that tenants are small.
create procedure isolate_tenants(tenant_table regclass) language plpgsql as $$
declare
    isolation constant text :=
        '(tenant_id = any ((select nullif(current_setting(''allotment.tenant_ids'', true), '''')::uuid[])::uuid[])) is true';
begin
    execute format('alter table %s enable row level security', tenant_table);
    execute format('alter table %s force row level security', tenant_table);
    execute format('drop policy if exists tenant_isolation on %s', tenant_table);
    execute format('drop policy if exists platform on %s', tenant_table);
    execute format('create policy tenant_isolation on %s to allotment_app using (%s) with check (%s)',
                   tenant_table, isolation, isolation);
    execute format('create policy platform on %s to allotment_platform using (true) with check (true)', tenant_table);
end $$;

do $$
declare
    tenant_table regclass;
begin
    for tenant_table in
        select format('%I.%I', schemaname, tablename)::regclass
        from pg_policies where schemaname = 'allotment' and policyname = 'tenant_isolation'
    loop
        call allotment.isolate_tenants(tenant_table);
    end loop;
end $$;
