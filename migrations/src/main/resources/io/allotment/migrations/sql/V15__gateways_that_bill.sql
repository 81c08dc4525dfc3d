-- Gateways that bill by themselves: what they call what is ours, what they tell, and the billing history that follows.

-- Who may subscribe, change and cancel where a gateway bills.
insert into permissions (key, description, created_at, updated_at)
values ('billing:manage', 'Subscribe, change and cancel at the gateway, and see its portal',
    timestamptz '2026-01-01 00:00:00Z', timestamptz '2026-01-01 00:00:00Z')
on conflict (key) do update set description = excluded.description;

-- The way from a gateway's name of a thing to its tenant: the only one.
create table gateway_directory (
    gateway    text collate "C" not null,
    kind       text             not null check (kind in ('CUSTOMER', 'CHECKOUT', 'SUBSCRIPTION', 'INVOICE', 'PAYMENT')),
    gateway_id text collate "C" not null,
    tenant_id  uuid             not null,
    account_id uuid             not null,
    ours       text,
    primary key (gateway, kind, gateway_id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);
create index gateway_directory_account on gateway_directory (tenant_id, account_id, gateway, kind);

-- Which gateway bills a subscription, and which of its states is known.
alter table subscriptions
    add column gateway    text collate "C",
    add column gateway_id text collate "C",
    add column quantity   integer,
    add column as_of      timestamptz,
    add column over       boolean,
    add check (num_nonnulls(gateway, gateway_id, quantity, as_of, over) in (0, 5));
create unique index subscriptions_gateway on subscriptions (tenant_id, gateway, gateway_id) where gateway is not null;

-- What gateways told: once by their ids. The payload goes when it was applied; who it is about is in it alone.
create table payment_events (
    gateway     text collate "C" not null,
    id          text collate "C" not null,
    type        text             not null,
    at          timestamptz      not null,
    status      text             not null check (status in ('WAITING', 'UNKNOWN', 'APPLIED', 'IGNORED')),
    payload     text,
    received_at timestamptz      not null,
    next_at     timestamptz,
    problem     text,
    done_at     timestamptz,
    primary key (gateway, id),
    check ((status in ('APPLIED', 'IGNORED')) = (done_at is not null)),
    check ((done_at is null) = (payload is not null))
);
create index payment_events_next on payment_events (gateway, next_at) where next_at is not null;
create index payment_events_received on payment_events (received_at);
grant select, insert, update, delete on payment_events to allotment_platform;

create table invoices (
    tenant_id       uuid             not null,
    id              uuid             not null,
    account_id      uuid             not null,
    gateway         text collate "C" not null,
    gateway_id      text collate "C" not null,
    customer_id     text,
    subscription_id text collate "C",
    number          text,
    status          text             not null check (status in ('DRAFT', 'OPEN', 'PAID', 'VOID', 'UNCOLLECTIBLE')),
    reason          text             not null check (reason in
                        ('SUBSCRIPTION_START', 'SUBSCRIPTION_CYCLE', 'SUBSCRIPTION_CHANGE', 'PURCHASE', 'MANUAL')),
    period_start    timestamptz,
    period_end      timestamptz,
    currency        text             not null check (currency ~ '^[A-Z]{3}$'),
    total_minor     bigint           not null,
    paid_minor      bigint           not null,
    tax_minor       bigint           not null,
    payment_id      text collate "C",
    attempts        integer          not null check (attempts >= 0),
    hosted_url      text,
    receipt_url     text,
    lines           jsonb            not null,
    issued_at       timestamptz      not null,
    paid_at         timestamptz,
    as_of           timestamptz      not null,
    purchase_id     uuid,
    grant_id        uuid,
    created_at      timestamptz      not null,
    primary key (tenant_id, id),
    unique (tenant_id, gateway, gateway_id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);
create index invoices_account on invoices (tenant_id, account_id, id);
create index invoices_payment on invoices (tenant_id, gateway, payment_id) where payment_id is not null;
create index invoices_subscription on invoices (tenant_id, gateway, subscription_id) where subscription_id is not null;

create table refunds (
    tenant_id    uuid             not null,
    id           uuid             not null,
    account_id   uuid             not null,
    gateway      text collate "C" not null,
    gateway_id   text collate "C" not null,
    payment_id   text collate "C" not null,
    amount_minor bigint           not null check (amount_minor >= 0),
    currency     text             not null check (currency ~ '^[A-Z]{3}$'),
    status       text             not null check (status in
                     ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'INQUIRY', 'DISPUTED', 'WON', 'LOST')),
    reason       text,
    as_of        timestamptz      not null,
    taken        numeric(38, 9) check (taken >= 0),
    attempts     integer          not null check (attempts >= 0),
    created_at   timestamptz      not null,
    primary key (tenant_id, id),
    unique (tenant_id, gateway, gateway_id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade
);
create index refunds_account on refunds (tenant_id, account_id, id);
create index refunds_payment on refunds (tenant_id, gateway, payment_id);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['gateway_directory', 'invoices', 'refunds']
    loop
        call allotment.isolate_tenants(format('allotment.%I', tenant_table)::regclass);
    end loop;
end $$;
grant select, insert, update, delete on gateway_directory to allotment_app, allotment_platform;
grant select, insert, update on invoices, refunds to allotment_app, allotment_platform;
