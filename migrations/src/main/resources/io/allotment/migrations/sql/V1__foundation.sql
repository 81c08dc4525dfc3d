-- Roles are cluster-wide: created where absent, and safe when two servers start at once. Passwords are set after the
-- migration, by the program that has them.
do $$
begin
    if not exists (select from pg_roles where rolname = 'allotment_app') then
        create role allotment_app login nosuperuser nocreatedb nocreaterole nobypassrls;
    end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
    if not exists (select from pg_roles where rolname = 'allotment_platform') then
        create role allotment_platform login nosuperuser nocreatedb nocreaterole nobypassrls;
    end if;
exception when duplicate_object or unique_violation then null;
end $$;

grant usage on schema allotment to allotment_app, allotment_platform;

-- ---------------------------------------------------------------------------------------------------------------------
-- Platform data: one copy for all tenants. On Citus these are reference tables.

create table users (
    id           uuid primary key,
    email        text        not null unique,
    display_name text        not null,
    created_at   timestamptz not null
);

create table features (
    key         text collate "C" primary key,
    name        text not null,
    description text,
    kind        text not null check (kind in ('BOOLEAN', 'CONFIG', 'CONSUMED', 'ALLOCATED')),
    unit        text,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    check ((kind in ('CONSUMED', 'ALLOCATED')) = (unit is not null))
);

create table operations (
    key         text collate "C" primary key,
    description text,
    category    text           not null,
    credit_rate numeric(38, 9) not null check (credit_rate >= 0),
    feature_key text references features (key) on delete restrict,
    permission  text,
    active      boolean        not null,
    metadata    jsonb          not null,
    created_at  timestamptz    not null,
    updated_at  timestamptz    not null
);

create table plans (
    key          text collate "C" primary key,
    name         text        not null unique,
    description  text,
    active       boolean     not null,
    featured     boolean     not null,
    sort_order   integer     not null,
    default_plan boolean     not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);
-- At most one plan is what new accounts start on.
create unique index plans_default on plans (default_plan) where default_plan;

create table plan_versions (
    id               uuid primary key,
    plan_key         text           not null references plans (key) on delete restrict,
    number           integer        not null check (number > 0),
    trial_days       integer        not null check (trial_days >= 0),
    grace_days       integer        not null check (grace_days >= 0),
    seat_limit       integer check (seat_limit > 0),
    included_credits numeric(38, 9) not null check (included_credits >= 0),
    features         jsonb          not null,
    created_at       timestamptz    not null,
    unique (plan_key, number)
);

create table prices (
    plan_version_id   uuid    not null references plan_versions (id) on delete cascade,
    key               text collate "C" not null,
    position          integer not null,
    interval_unit     text    not null check (interval_unit in ('MONTH', 'YEAR')),
    interval_count    integer not null check (interval_count > 0),
    amount_minor      bigint  not null check (amount_minor >= 0),
    currency          text    not null check (currency ~ '^[A-Z]{3}$'),
    stripe_price_id   text,
    stripe_product_id text,
    primary key (plan_version_id, key)
);

create table entitlements (
    plan_version_id uuid    not null references plan_versions (id) on delete cascade,
    feature_key     text    not null references features (key) on delete restrict,
    position        integer not null,
    enabled         boolean,
    config_value    text,
    quota_limit     numeric(38, 9) check (quota_limit >= 0),
    reset_policy    text check (reset_policy in
                                ('BILLING_CYCLE', 'CALENDAR_MONTH', 'CALENDAR_DAY', 'FIXED_WINDOW', 'NEVER')),
    window_seconds  bigint check (window_seconds > 0),
    overage_policy  text check (overage_policy in ('BLOCK', 'ALLOW', 'BILL', 'DRAW_CREDITS')),
    grace_percent   integer check (grace_percent >= 0),
    primary key (plan_version_id, feature_key),
    check (num_nonnulls(enabled, config_value, reset_policy) = 1),
    check ((reset_policy is null) = (overage_policy is null) and (reset_policy is null) = (grace_percent is null)),
    check ((reset_policy is not distinct from 'FIXED_WINDOW') = (window_seconds is not null))
);

-- Answers to the platform's own changing requests, by idempotency key.
create table platform_requests (
    idempotency_key text primary key,
    fingerprint     text        not null,
    answer          text,
    created_at      timestamptz not null
);

-- Keys of the platform's operator: only their SHA-256.
create table root_keys (
    key_sha256 bytea primary key,
    created_at timestamptz not null
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenant data: tenant_id first in every key.

create table tenants (
    tenant_id   uuid primary key,
    name        text        not null,
    slug        text        not null,
    website     text,
    description text,
    time_zone   text        not null,
    metadata    jsonb       not null,
    status      text        not null check (status in ('ACTIVE', 'SUSPENDED')),
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    version     bigint      not null
);

create table memberships (
    tenant_id    uuid        not null references tenants (tenant_id) on delete cascade,
    user_id      uuid        not null references users (id) on delete restrict,
    display_name text        not null,
    created_at   timestamptz not null,
    primary key (tenant_id, user_id)
);

create table billing_accounts (
    tenant_id  uuid        not null references tenants (tenant_id) on delete cascade,
    id         uuid        not null,
    holder     text        not null check (holder in ('TENANT', 'MEMBER')),
    created_at timestamptz not null,
    primary key (tenant_id, id),
    check ((holder = 'TENANT') = (id = tenant_id))
);

create table subscriptions (
    tenant_id            uuid        not null,
    id                   uuid        not null,
    account_id           uuid        not null,
    plan_version_id      uuid        not null references plan_versions (id) on delete restrict,
    price_key            text,
    status               text        not null check (status in
                             ('FREE', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'PAUSED', 'CANCELED', 'EXPIRED')),
    anchor               timestamptz not null,
    cycle_months         integer     not null check (cycle_months > 0),
    current_period_start timestamptz not null,
    current_period_end   timestamptz not null,
    trial_start          timestamptz,
    trial_end            timestamptz,
    past_due_since       timestamptz,
    cancel_at_period_end boolean     not null,
    canceled_at          timestamptz,
    cancellation_reason  text,
    ended_at             timestamptz,
    metadata             jsonb       not null,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade,
    foreign key (plan_version_id, price_key) references prices (plan_version_id, key) on delete restrict,
    check ((trial_start is null) = (trial_end is null)),
    check ((status in ('CANCELED', 'EXPIRED')) = (ended_at is not null))
);
-- One live subscription an account.
create unique index subscriptions_live on subscriptions (tenant_id, account_id) where ended_at is null;
create index subscriptions_account on subscriptions (tenant_id, account_id, id);
create index subscriptions_plan_version on subscriptions (plan_version_id);

-- The account's lock: whatever the gate reads of an account changes while this row is held.
create table credit_accounts (
    tenant_id     uuid           not null,
    account_id    uuid           not null,
    balance       numeric(38, 9) not null check (balance >= 0),
    last_sequence bigint         not null check (last_sequence >= 0),
    primary key (tenant_id, account_id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);

create table credit_grants (
    tenant_id         uuid           not null,
    id                uuid           not null,
    account_id        uuid           not null,
    amount            numeric(38, 9) not null check (amount > 0),
    remaining         numeric(38, 9) not null check (remaining >= 0 and remaining <= amount),
    source            text           not null check (source in ('SUBSCRIPTION', 'PURCHASE', 'GIFT', 'ADJUSTMENT')),
    source_id         text,
    priority          integer        not null,
    effective_from    timestamptz,
    expires_at        timestamptz check (expires_at > coalesce(effective_from, '-infinity')),
    payment_reference text,
    description       text,
    metadata          jsonb          not null,
    voided_at         timestamptz check (voided_at is null or remaining = 0),
    created_at        timestamptz    not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, account_id) references credit_accounts (tenant_id, account_id) on delete cascade
);
-- Only what still holds something is ever loaded to decide.
create index credit_grants_live on credit_grants (tenant_id, account_id) where remaining > 0;
create index credit_grants_account on credit_grants (tenant_id, account_id, id);

-- Append-only, without foreign keys (docs/decisions/0010): erased with its tenant by the platform's role.
create table credit_entries (
    tenant_id           uuid           not null,
    account_id          uuid           not null,
    sequence            bigint         not null check (sequence > 0),
    type                text           not null check (type in ('GRANTED', 'CONSUMED', 'EXPIRED', 'ADJUSTED', 'VOIDED')),
    amount              numeric(38, 9) not null,
    balance_after       numeric(38, 9) not null,
    draw_grant_ids      uuid[]         not null,
    draw_amounts        numeric[]      not null,
    draw_remaining      numeric[]      not null,
    actor_user_id       uuid,
    source              text,
    source_id           text,
    expires_at          timestamptz,
    payment_reference   text,
    decision_id         uuid,
    related_type        text,
    related_id          text,
    description         text,
    metadata            jsonb,
    idempotency_key     text,
    created_at          timestamptz    not null,
    primary key (tenant_id, account_id, sequence),
    check (cardinality(draw_grant_ids) = cardinality(draw_amounts)
        and cardinality(draw_grant_ids) = cardinality(draw_remaining))
);
create unique index credit_entries_key on credit_entries (tenant_id, idempotency_key) where idempotency_key is not null;
create index credit_entries_source on credit_entries (tenant_id, account_id, source_id) where source_id is not null;
create index credit_entries_payment on credit_entries (tenant_id, account_id, payment_reference)
    where payment_reference is not null;
create index credit_entries_related on credit_entries (tenant_id, account_id, related_type, related_id)
    where related_id is not null;
create index credit_entries_expiry on credit_entries (tenant_id, account_id, expires_at) where expires_at is not null;

create table quota_counters (
    tenant_id    uuid           not null,
    account_id   uuid           not null,
    feature_key  text collate "C" not null references features (key) on delete restrict,
    period_start timestamptz    not null,
    period_end   timestamptz,
    used         numeric(38, 9) not null check (used >= 0),
    overage      numeric(38, 9) not null check (overage >= 0),
    primary key (tenant_id, account_id, feature_key),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);

-- Append-only: resets and manual changes. A reset at a period's end has the id of the decision that met it.
create table quota_history (
    tenant_id       uuid           not null,
    id              uuid           not null,
    account_id      uuid           not null,
    feature_key     text           not null,
    operation       text           not null check (operation in ('INCREMENT', 'DECREMENT', 'RESET')),
    amount          numeric(38, 9) not null check (amount >= 0),
    used_after      numeric(38, 9) not null check (used_after >= 0),
    quota_limit     numeric(38, 9),
    reason          text           not null,
    related_type    text,
    related_id      text,
    period_start    timestamptz    not null,
    period_end      timestamptz,
    actor_user_id   uuid,
    idempotency_key text,
    created_at      timestamptz    not null,
    primary key (tenant_id, id, feature_key)
);
create unique index quota_history_key on quota_history (tenant_id, idempotency_key) where idempotency_key is not null;
create index quota_history_account on quota_history (tenant_id, account_id, feature_key, id);

-- Append-only: one answer for each idempotency key. What an allowed one says stands in its usage event, and is not
-- written twice; what was denied stands here.
create table decisions (
    tenant_id       uuid        not null,
    id              uuid        not null,
    idempotency_key text        not null,
    fingerprint     text        not null,
    verb            text        not null check (verb in ('CONSUME')),
    account_id      uuid        not null,
    allowed         boolean     not null,
    denied          jsonb,
    created_at      timestamptz not null,
    primary key (tenant_id, id),
    check (allowed = (denied is null))
);
create unique index decisions_key on decisions (tenant_id, idempotency_key);

-- Append-only, partitioned by month: ids are UUIDv7, so a range of ids is a range of time. The partitions are made by
-- afterMigrate.sql; rows of months without one go to the default.
create table usage_events (
    tenant_id           uuid           not null,
    id                  uuid           not null,
    account_id          uuid           not null,
    actor_user_id       uuid,
    operations          text[]         not null,
    quantities          numeric[]      not null,
    line_credits        numeric[]      not null,
    features            text[]         not null,
    quota_used          numeric[]      not null,
    quota_limits        numeric[]      not null,
    quota_above         numeric[]      not null,
    quota_period_starts timestamptz[]  not null,
    quota_period_ends   timestamptz[]  not null,
    credits             numeric(38, 9) not null check (credits >= 0),
    balance_after       numeric(38, 9) not null,
    ledger_sequence     bigint,
    plan_version_id     uuid,
    subscription_status text,
    related_type        text,
    related_id          text,
    model               text,
    tokens              jsonb,
    metadata            jsonb,
    source              text           not null check (source in ('GATE')),
    created_at          timestamptz    not null,
    primary key (tenant_id, id)
) partition by range (id);
create table usage_events_default partition of usage_events default;
create index usage_events_account on usage_events (tenant_id, account_id, id);
create index usage_events_related on usage_events (tenant_id, related_type, related_id, id) where related_id is not null;

-- Answers to a tenant's changing requests, by idempotency key; the gate keeps its own.
create table tenant_requests (
    tenant_id       uuid        not null references tenants (tenant_id) on delete cascade,
    idempotency_key text        not null,
    fingerprint     text        not null,
    answer          text,
    created_at      timestamptz not null,
    primary key (tenant_id, idempotency_key)
);

-- What must be unique across tenants. A tenant writes its own row and sees no other; uniqueness is checked all the same.
create table tenant_directory (
    tenant_id uuid primary key references tenants (tenant_id) on delete cascade,
    name      text not null unique,
    slug      text not null unique
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Row-level security: enabled and forced on every tenant table, with one text.

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'tenants', 'memberships', 'billing_accounts', 'subscriptions', 'credit_accounts', 'credit_grants',
        'credit_entries', 'quota_counters', 'quota_history', 'decisions', 'usage_events', 'usage_events_default',
        'tenant_requests', 'tenant_directory']
    loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format('alter table %I force row level security', tenant_table);
        execute format(
            'create policy tenant_isolation on %I to allotment_app
                 using (tenant_id = any(nullif(current_setting(''allotment.tenant_ids'', true), '''')::uuid[]))
                 with check (tenant_id = any(nullif(current_setting(''allotment.tenant_ids'', true), '''')::uuid[]))',
            tenant_table);
        execute format(
            'create policy platform on %I to allotment_platform using (true) with check (true)', tenant_table);
    end loop;
end $$;

grant select on features, operations, plans, plan_versions, prices, entitlements to allotment_app;
grant select, insert, update, delete on users, features, operations, plans, plan_versions, prices, entitlements
    to allotment_platform;
grant select, insert, update on platform_requests to allotment_platform;
grant select, insert, delete on root_keys to allotment_platform;

grant select, insert, update on tenants, memberships, billing_accounts, subscriptions, credit_accounts, credit_grants,
    quota_counters, tenant_requests, tenant_directory to allotment_app, allotment_platform;
grant select, insert on credit_entries, quota_history, decisions, usage_events to allotment_app, allotment_platform;
-- Erasing a tenant is the platform's work.
grant delete on tenants, credit_entries, quota_history, decisions, usage_events to allotment_platform;
