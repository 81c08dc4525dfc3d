-- Usage that can be read: sums that are kept up beside the events.

-- Events that are not rolled up yet, some of a tenant to a row: written with the events, in the same transaction, and gone
-- in the transaction that adds them to the sums. So an event is in the one or in the other, whenever anybody looks and in
-- whatever order transactions commit.
create table usage_arrivals (
    tenant_id uuid   not null,
    id        uuid   not null,
    event_ids uuid[] not null,
    primary key (tenant_id, id)
);

-- The time zone in which a tenant's days are rolled up. Where it is not the tenant's, they are made anew.
create table usage_zones (
    tenant_id uuid primary key references tenants (tenant_id) on delete cascade,
    time_zone text not null
);

-- What a group is known by: its texts would be too long for an index.
create function usage_group_id(
    operation_key text, model text, provider text, account_id uuid, user_id uuid, key_id uuid, related_type text,
    related_id text, cost_currency text)
returns uuid language sql stable as $$
    select encode(substr(sha256(convert_to(jsonb_build_array(
        operation_key, model, provider, account_id, user_id, key_id, related_type, related_id, cost_currency)::text, 'UTF8')), 1, 16),
        'hex')::uuid
$$;

-- Sums of what was used in a quarter of an hour, or in a day of the tenant's zone, told apart by what the cut knows. Columns
-- that it does not know are null.
create table usage_rollups (
    tenant_id           uuid           not null,
    cut                 text collate "C" not null check (cut in (
        'DAY_MODELS', 'DAY_ACTORS', 'DAY_ENTITIES', 'QUARTER_MODELS', 'QUARTER_ALL')),
    starts_at           timestamptz    not null,
    group_id            uuid           not null,
    operation_key       text collate "C",
    model               text collate "C",
    provider            text collate "C",
    account_id          uuid,
    user_id             uuid,
    key_id              uuid,
    related_type        text collate "C",
    related_id          text collate "C",
    cost_currency       text collate "C",
    events              bigint         not null check (events >= 0),
    lines               bigint         not null check (lines >= 0),
    quantity            numeric(38, 9) not null,
    credits             numeric(38, 9) not null,
    uncovered_credits   numeric(38, 9) not null,
    overage             numeric(38, 9) not null,
    cost                numeric        not null default 0,
    tokens_input            numeric(38, 9) not null default 0,
    tokens_cache_read       numeric(38, 9) not null default 0,
    tokens_cache_write      numeric(38, 9) not null default 0,
    tokens_output           numeric(38, 9) not null default 0,
    tokens_reasoning        numeric(38, 9) not null default 0,
    tokens_audio_input      numeric(38, 9) not null default 0,
    tokens_audio_output     numeric(38, 9) not null default 0,
    tokens_cache_write_1h   numeric(38, 9) not null default 0,
    tokens_audio_cache_read numeric(38, 9) not null default 0,
    tokens_image_input      numeric(38, 9) not null default 0,
    tokens_image_output     numeric(38, 9) not null default 0,
    tokens_request          numeric(38, 9) not null default 0,
    tokens_tool_call        numeric(38, 9) not null default 0,
    tokens_image            numeric(38, 9) not null default 0,
    tokens_call             numeric(38, 9) not null default 0,
    tokens_unit             numeric(38, 9) not null default 0,
    primary key (tenant_id, cut, starts_at, group_id)
);
create index usage_rollups_related on usage_rollups (tenant_id, related_type, related_id, starts_at)
    where related_id is not null;

call isolate_tenants('usage_arrivals');
call isolate_tenants('usage_zones');
call isolate_tenants('usage_rollups');

grant select, insert on usage_arrivals to allotment_app;
grant select on usage_zones, usage_rollups to allotment_app;
grant select, insert, update, delete on usage_arrivals, usage_zones, usage_rollups to allotment_platform;

-- The events of before are still to be rolled up. Forced row-level security binds the owner too: lifted for the one
-- statement. Servers of an earlier version are stopped while this runs, see docs/operations.md.
alter table usage_events no force row level security;
alter table usage_arrivals no force row level security;
insert into usage_arrivals (tenant_id, id, event_ids)
select tenant_id, (array_agg(id order by id))[1], array_agg(id order by id)
from (select tenant_id, id, row_number() over (partition by tenant_id order by id) / 100 as part from usage_events) e
group by tenant_id, part;
alter table usage_events force row level security;
alter table usage_arrivals force row level security;
