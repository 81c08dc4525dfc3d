-- Jobs: what is to run when, what failed, months of usage events made ahead, and how long things are kept.

-- ---------------------------------------------------------------------------------------------------------------------
-- The scheduler's own table, as db-scheduler wants it: a row for each job. Platform data.

create table scheduled_tasks (
    task_name            text        not null,
    task_instance        text        not null,
    task_data            bytea,
    execution_time       timestamptz not null,
    picked               boolean     not null,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures integer,
    last_heartbeat       timestamptz,
    version              bigint      not null,
    priority             smallint,
    primary key (task_name, task_instance)
);
create index scheduled_tasks_execution on scheduled_tasks (execution_time);
create index scheduled_tasks_heartbeat on scheduled_tasks (last_heartbeat);
grant select, insert, update, delete on scheduled_tasks to allotment_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenants whose work in a job failed. Without a next attempt it is a dead letter, and waits for somebody to look.

create table failed_work (
    tenant_id       uuid             not null references tenants (tenant_id) on delete cascade,
    job             text collate "C" not null,
    attempts        integer          not null check (attempts > 0),
    first_failed_at timestamptz      not null,
    last_failed_at  timestamptz      not null,
    next_attempt_at timestamptz,
    reason          text             not null,
    reference       text             not null,
    primary key (tenant_id, job)
);
create index failed_work_dead on failed_work (tenant_id, job) where next_attempt_at is null;
call isolate_tenants('failed_work'::regclass);
grant select, insert, update, delete on failed_work to allotment_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- What is due, found across tenants: open reservations by the end of their lease, grants that hold something by their end.

create index reservations_due on reservations (lease_until) where status = 'HELD';
create index credit_grants_due on credit_grants (expires_at) where live and expires_at is not null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Makes the partitions of usage events for a month and as many as follow it; tells how many were missing. It runs as the owner, so that
-- the platform's role can have the months made and nothing else. The bounds are UUIDv7 of the month's first millisecond: 48
-- bits of milliseconds since 1970, then zeros.
--
-- A new partition locks the table for a moment: where that is not to be had soon, it is tried again later.
create function make_usage_partitions(first timestamptz, months integer) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '3s'
as $$
declare
    month timestamptz;
    part  text;
    made  integer := 0;
    first_of_month constant timestamptz := date_trunc('month', first at time zone 'UTC') at time zone 'UTC';
begin
    if months < 0 or months > 120 then
        raise exception 'from 0 to 120 months, not %', months using errcode = 'invalid_parameter_value';
    end if;
    for i in 0..months loop
        month := (first_of_month at time zone 'UTC' + make_interval(months => i)) at time zone 'UTC';
        part := 'usage_events_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        continue when to_regclass('allotment.' || part) is not null;
        begin
            execute format('create table allotment.%I partition of allotment.usage_events for values from (%L) to (%L)',
                           part,
                           allotment.first_id_at(month),
                           allotment.first_id_at((month at time zone 'UTC' + interval '1 month') at time zone 'UTC'));
            call allotment.isolate_tenants(format('allotment.%I', part)::regclass);
            made := made + 1;
        exception
            -- Rows of that month are in the default partition already, and are well there.
            when check_violation then null;
            -- Somebody else made it meanwhile.
            when duplicate_table then null;
        end;
    end loop;
    return made;
end $$;

-- The lowest UUIDv7 of a moment.
create function first_id_at(moment timestamptz) returns uuid language sql immutable
return rpad(lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

revoke execute on function make_usage_partitions(timestamptz, integer) from public;
grant execute on function make_usage_partitions(timestamptz, integer) to allotment_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- How long a tenant's rows are kept, and the checkpoint: what was made before it may be gone, and verification starts there.

create table retentions (
    tenant_id   uuid        primary key references tenants (tenant_id) on delete cascade,
    usage_days  integer     not null,
    key_days    integer     not null,
    notice_days integer     not null,
    keys_from   timestamptz,
    usage_from  timestamptz,
    due_at      timestamptz not null,
    check (usage_days >= key_days),
    check (usage_from is null or usage_from <= keys_from)
);
create index retentions_due on retentions (due_at);
-- Forced row-level security binds the owner too: lifted for the one statement.
alter table tenants no force row level security;
insert into retentions (tenant_id, usage_days, key_days, notice_days, due_at)
select tenant_id, 3653, 400, 90, timestamptz '1970-01-01 00:00:00Z' from tenants;
alter table tenants force row level security;

-- What removed usage events counted in the period of a quota that its counter still has.
create table quota_checkpoints (
    tenant_id    uuid             not null,
    account_id   uuid             not null,
    feature_key  text collate "C" not null,
    period_start timestamptz      not null,
    period_end   timestamptz      not null,
    used         numeric(38, 9)   not null,
    primary key (tenant_id, account_id, feature_key, period_start, period_end),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);
call isolate_tenants('retentions'::regclass);
call isolate_tenants('quota_checkpoints'::regclass);
grant select, insert, update on retentions to allotment_app, allotment_platform;
grant select, insert, update, delete on quota_checkpoints to allotment_platform;

-- Found by their age.
create index tenant_requests_age on tenant_requests (tenant_id, created_at);
create index platform_requests_age on platform_requests (created_at);
create index password_resets_age on password_resets (expires_at);
grant delete on reservations, tenant_requests, platform_requests, usage_costs to allotment_platform;
