-- What is ordered of a gateway is written down before it is asked, and how far its events were asked for.

-- Until when a gateway was asked for what it had told. By its own clock, as far as it has told anything.
create table gateway_positions (
    gateway     text collate "C" primary key,
    asked_until timestamptz not null
);
grant select, insert, update on gateway_positions to allotment_platform;

-- Changes of subscriptions that a gateway bills: as they were ordered, under the key of who did, and whether they were made.
create table billing_orders (
    tenant_id       uuid             not null,
    id              uuid             not null,
    account_id      uuid             not null,
    subscription_id uuid             not null,
    idempotency_key text collate "C" not null,
    verb            text             not null check (verb in ('CHANGE', 'CANCEL', 'RESUME')),
    fingerprint     text             not null,
    price_id        text,
    quantity        integer check (quantity > 0),
    prorated        boolean,
    at_period_end   boolean,
    refusal         text,
    created_at      timestamptz      not null,
    done_at         timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, idempotency_key),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade,
    check ((verb = 'CHANGE') = (num_nonnulls(price_id, quantity, prorated) = 3)),
    check ((verb = 'CANCEL') = (at_period_end is not null)),
    check (refusal is null or done_at is not null)
);
create index billing_orders_account on billing_orders (tenant_id, account_id);
create index billing_orders_time on billing_orders (tenant_id, created_at);

-- Where a subscription can be paid, or could: an account has one at a time.
create table subscription_checkouts (
    tenant_id       uuid             not null,
    id              uuid             not null,
    account_id      uuid             not null,
    status          text             not null check (status in ('OPEN', 'DONE', 'CLOSED')),
    gateway         text collate "C" not null,
    gateway_id      text collate "C",
    url             text,
    subscription_id text collate "C",
    expires_at      timestamptz      not null,
    created_at      timestamptz      not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);
create index subscription_checkouts_account on subscription_checkouts (tenant_id, account_id, id);
create index subscription_checkouts_gateway on subscription_checkouts (tenant_id, gateway, gateway_id)
    where gateway_id is not null;

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['billing_orders', 'subscription_checkouts']
    loop
        call allotment.isolate_tenants(format('allotment.%I', tenant_table)::regclass);
    end loop;
end $$;
grant select, insert, update on billing_orders, subscription_checkouts to allotment_app, allotment_platform;
grant delete on billing_orders to allotment_platform;
