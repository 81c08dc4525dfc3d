-- The gate, whole: reservations, overdraft, spend limits, allocations, notices, corrections.

-- Counts the changes of the catalogue: every process sees at its next decision that its copy is old.
create table catalog_version (
    singleton boolean primary key check (singleton),
    version   bigint not null
);
insert into catalog_version values (true, 1);

alter table plan_versions add column rollover_max numeric(38, 9) not null default 0
    check (rollover_max >= 0 and rollover_max <= included_credits);
alter table plan_versions alter column rollover_max drop default;

alter table tenants
    add column quota_percents integer[] not null default '{50,80,100}',
    add column low_credits numeric(38, 9) check (low_credits > 0);
alter table tenants alter column quota_percents drop default;

-- balance = what the grants hold − overdraft. held = all that open reservations set aside.
alter table credit_accounts
    drop constraint credit_accounts_balance_check,
    add column held numeric(38, 9) not null default 0 check (held >= 0),
    add column overdraft numeric(38, 9) not null default 0 check (overdraft >= 0),
    add column overdraft_limit numeric(38, 9) not null default 0 check (overdraft_limit >= 0),
    add column low_noticed boolean not null default false,
    add check (balance >= -overdraft);
alter table credit_accounts
    alter column held drop default,
    alter column overdraft drop default,
    alter column overdraft_limit drop default,
    alter column low_noticed drop default;

alter table credit_grants
    drop constraint credit_grants_check2,
    add column held numeric(38, 9) not null default 0,
    add column rollover_max numeric(38, 9) check (rollover_max > 0),
    add column rollover_until timestamptz check (rollover_until > expires_at),
    add check (held >= 0 and held <= remaining),
    add check (voided_at is null or remaining = held),
    add check ((rollover_max is null) = (rollover_until is null));
alter table credit_grants alter column held drop default;

alter table credit_entries
    drop constraint credit_entries_type_check,
    add column overdraft_change numeric(38, 9) not null default 0,
    add column actor_key_id uuid,
    add constraint credit_entries_type_check check (type in
        ('GRANTED', 'CONSUMED', 'EXPIRED', 'ADJUSTED', 'VOIDED', 'REPAID', 'REFUNDED'));
alter table credit_entries alter column overdraft_change drop default;
-- Undoing a charge that had drawn on an overdraft looks for what repaid it.
create index credit_entries_repaid on credit_entries (tenant_id, account_id, sequence) where type = 'REPAID';

alter table quota_counters
    add column held numeric(38, 9) not null default 0 check (held >= 0),
    add column noticed_percent integer not null default 0 check (noticed_percent >= 0);
alter table quota_counters
    alter column held drop default,
    alter column noticed_percent drop default;

alter table quota_history add column actor_key_id uuid;

-- One answer for each idempotency key: what no usage event tells stands in `answer`. Found by id where it has no event;
-- where it has, the event's key finds it.
alter table decisions drop constraint decisions_check;
alter table decisions drop constraint decisions_verb_check;
alter table decisions drop constraint decisions_pkey;
alter table decisions rename column denied to answer;
alter table decisions alter column fingerprint type bytea using decode(fingerprint, 'hex');
alter table decisions
    add column refunded_id uuid,
    add constraint decisions_verb_check check (verb in ('CONSUME', 'RESERVE', 'RENEW', 'SETTLE', 'RELEASE', 'REFUND')),
    add constraint decisions_answer_check check (allowed or answer is not null),
    add constraint decisions_refunded_check check ((verb = 'REFUND') = (refunded_id is not null));
drop index decisions_key;
alter table decisions add primary key (tenant_id, idempotency_key);
create index decisions_id on decisions (tenant_id, id) where answer is not null;
-- A charge is undone once.
create unique index decisions_refunded on decisions (tenant_id, refunded_id) where refunded_id is not null;

alter table usage_events
    add column idempotency_key text,
    add column actor_key_id uuid,
    add column uncovered_credits numeric(38, 9) not null default 0 check (uncovered_credits >= 0),
    add column reservation_id uuid;
alter table usage_events alter column uncovered_credits drop default;
-- The events of before know their keys by their decisions. Forced row-level security binds the owner too: lifted for the
-- one statement.
alter table usage_events no force row level security;
alter table decisions no force row level security;
update usage_events e set idempotency_key = d.idempotency_key
from decisions d where d.tenant_id = e.tenant_id and d.id = e.id;
alter table usage_events force row level security;
alter table decisions force row level security;
-- What a spender's events of a period drew.
create index usage_events_member on usage_events (tenant_id, actor_user_id, created_at) where actor_user_id is not null;
create index usage_events_actor_key on usage_events (tenant_id, actor_key_id, created_at) where actor_key_id is not null;

-- Work under way. It keeps the terms it was made under, so that settling needs no others.
create table reservations (
    tenant_id           uuid           not null,
    id                  uuid           not null,
    account_id          uuid           not null,
    actor_user_id       uuid,
    actor_key_id        uuid,
    operations          text[]         not null,
    quantities          numeric[]      not null,
    credit_rates        numeric[]      not null,
    line_credits        numeric[]      not null,
    features            text[]         not null,
    quota_used_before   numeric[]      not null,
    quota_limits        numeric[]      not null,
    quota_overages      text[]         not null,
    quota_period_starts timestamptz[]  not null,
    quota_period_ends   timestamptz[]  not null,
    credits             numeric(38, 9) not null check (credits >= 0),
    pin_grant_ids       uuid[]         not null,
    pin_amounts         numeric[]      not null,
    overdraft           numeric(38, 9) not null check (overdraft >= 0),
    plan_version_id     uuid,
    subscription_status text,
    related_type        text,
    related_id          text,
    model               text,
    metadata            jsonb,
    status              text           not null check (status in ('HELD', 'SETTLED', 'RELEASED', 'LAPSED')),
    lease_until         timestamptz    not null,
    created_at          timestamptz    not null,
    ended_at            timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, account_id) references credit_accounts (tenant_id, account_id) on delete cascade,
    check ((status = 'HELD') = (ended_at is null)),
    check (cardinality(pin_grant_ids) = cardinality(pin_amounts))
);
create index reservations_account on reservations (tenant_id, account_id, id);
-- What holds: found overdue by account, summed by spender.
create index reservations_lease on reservations (tenant_id, account_id, lease_until) where status = 'HELD';
create index reservations_member on reservations (tenant_id, actor_user_id, lease_until)
    where status = 'HELD' and actor_user_id is not null;
create index reservations_key on reservations (tenant_id, actor_key_id, lease_until)
    where status = 'HELD' and actor_key_id is not null;

-- What something holds of an allocated feature.
create table allocations (
    tenant_id    uuid           not null,
    account_id   uuid           not null,
    feature_key  text collate "C" not null references features (key) on delete restrict,
    related_type text collate "C" not null,
    related_id   text collate "C" not null,
    quantity     numeric(38, 9) not null check (quantity > 0),
    since        timestamptz    not null,
    primary key (tenant_id, related_type, related_id, account_id, feature_key),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);
create index allocations_account on allocations (tenant_id, account_id, feature_key, related_type, related_id);

-- Credits a member or a key may spend in a calendar period. The row is the lock of what is spent.
create table spend_limits (
    tenant_id     uuid           not null references tenants (tenant_id) on delete cascade,
    spender_kind  text           not null check (spender_kind in ('MEMBER', 'API_KEY')),
    spender_id    uuid           not null,
    limit_window  text           not null check (limit_window in ('CALENDAR_DAY', 'CALENDAR_MONTH')),
    limit_credits numeric(38, 9) not null check (limit_credits >= 0),
    period_start  timestamptz    not null,
    period_end    timestamptz    not null,
    spent         numeric(38, 9) not null check (spent >= 0),
    primary key (tenant_id, spender_kind, spender_id, limit_window)
);

-- What others must hear of, in the order of decisions. Append-only, without foreign keys (docs/decisions/0010).
create table outbox (
    tenant_id    uuid        not null,
    decision_id  uuid        not null,
    number       integer     not null,
    kind         text        not null check (kind in ('QUOTA_THRESHOLD', 'LOW_CREDITS', 'OVERAGE')),
    account_id   uuid        not null,
    feature_key  text,
    percent      integer,
    amount       numeric     not null,
    limit_amount numeric,
    period_start timestamptz,
    period_end   timestamptz,
    created_at   timestamptz not null,
    primary key (tenant_id, decision_id, number)
);

-- The tenants are looked for as text. As a condition for an index the policy told the planner what each statement says
-- already; the planner then took tenants to be so small that it scanned them whole. And taking the setting apart for each
-- row cost a third of writing it. The ids have one length and form, so none is found inside others.
do $$
declare
    tenant_table text;
    isolation constant text :=
        'strpos(current_setting(''allotment.tenant_ids'', true), tenant_id::text) > 0';
begin
    foreach tenant_table in array array['reservations', 'allocations', 'spend_limits', 'outbox']
    loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format('alter table %I force row level security', tenant_table);
        execute format('create policy tenant_isolation on %I to allotment_app using (%s) with check (%s)',
                       tenant_table, isolation, isolation);
        execute format(
            'create policy platform on %I to allotment_platform using (true) with check (true)', tenant_table);
    end loop;
    for tenant_table in
        select tablename from pg_policies where schemaname = 'allotment' and policyname = 'tenant_isolation'
    loop
        execute format('alter policy tenant_isolation on allotment.%I using (%s) with check (%s)',
                       tenant_table, isolation, isolation);
    end loop;
end $$;

grant select on catalog_version to allotment_app;
grant select, update on catalog_version to allotment_platform;
grant select, insert, update on reservations, spend_limits, allocations to allotment_app, allotment_platform;
grant delete on allocations, spend_limits to allotment_app, allotment_platform;
grant select, insert on outbox to allotment_app, allotment_platform;
grant delete on outbox to allotment_platform;

-- Says for the rest of the transaction whose rows it works on, in a call that is one text for all tenants: the driver
-- prepares it once, together with the statements that travel with it. SET LOCAL inside, since Citus passes that on to its
-- workers and set_config() not.
create function enter_tenants(tenants uuid[]) returns void language plpgsql as $$
begin
    execute format('set local allotment.tenant_ids = %L', tenants::text);
end $$;

grant execute on function enter_tenants(uuid[]) to allotment_app, allotment_platform;
