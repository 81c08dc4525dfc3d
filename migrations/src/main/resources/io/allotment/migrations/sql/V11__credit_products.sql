-- Credits for sale, what was bought of them, and when to tell of payments that are missing.

-- Who may buy for a tenant.
insert into permissions (key, description, created_at, updated_at)
values ('credit:buy', 'Order credits for the tenant''s accounts', timestamptz '2026-01-01 00:00:00Z',
    timestamptz '2026-01-01 00:00:00Z')
on conflict (key) do update set description = excluded.description;

-- What it gives and costs never changes.
create table credit_products (
    key               text collate "C" primary key,
    name              text           not null,
    description       text,
    credits           numeric(38, 9) not null check (credits > 0),
    amount_minor      bigint         not null check (amount_minor > 0),
    currency          text           not null check (currency ~ '^[A-Z]{3}$'),
    expiry            text           not null check (expiry in ('NEVER', 'AFTER_DAYS', 'AFTER_MONTHS', 'PERIOD_END')),
    expiry_count      integer check (expiry_count > 0),
    active            boolean        not null,
    stripe_price_id   text,
    stripe_product_id text,
    created_at        timestamptz    not null,
    updated_at        timestamptz    not null,
    check ((expiry_count is not null) = (expiry in ('AFTER_DAYS', 'AFTER_MONTHS')))
);
grant select on credit_products to allotment_app;
grant select, insert, update on credit_products to allotment_platform;

-- At the price and on the terms of the moment it was ordered. One that is neither paid nor canceled waits until it expires.
create table credit_purchases (
    tenant_id             uuid             not null,
    id                    uuid             not null,
    account_id            uuid             not null,
    product_key           text collate "C" not null references credit_products (key) on delete restrict,
    product_name          text             not null,
    credits               numeric(38, 9)   not null check (credits > 0),
    amount_minor          bigint           not null check (amount_minor > 0),
    currency              text             not null check (currency ~ '^[A-Z]{3}$'),
    expiry                text             not null check (expiry in ('NEVER', 'AFTER_DAYS', 'AFTER_MONTHS', 'PERIOD_END')),
    expiry_count          integer check (expiry_count > 0),
    gateway               text,
    checkout_id           text,
    checkout_url          text,
    checkout_instructions text,
    expires_at            timestamptz      not null,
    payment_reference     text,
    paid_at               timestamptz,
    grant_id              uuid,
    canceled_at           timestamptz,
    created_at            timestamptz      not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade,
    check ((expiry_count is not null) = (expiry in ('AFTER_DAYS', 'AFTER_MONTHS'))),
    check ((gateway is null) = (checkout_id is null)),
    check (num_nonnulls(payment_reference, paid_at, grant_id) in (0, 3))
);
create index credit_purchases_account on credit_purchases (tenant_id, account_id, id);
create index credit_purchases_product on credit_purchases (product_key);
-- Found across tenants: what a payment is for, and what waits for one.
create index credit_purchases_checkout on credit_purchases (checkout_id) where checkout_id is not null;
create index credit_purchases_id on credit_purchases (id);
create index credit_purchases_open on credit_purchases (id) where paid_at is null and canceled_at is null;

call isolate_tenants('credit_purchases'::regclass);
grant select, insert, update on credit_purchases to allotment_app, allotment_platform;

-- When it is to be seen again whether the holder of a subscription is to be told that its payment is missing; empty when all was told.
alter table subscriptions add column notice_at timestamptz;
-- Forced row-level security binds the owner too: lifted for the one statement.
alter table subscriptions no force row level security;
update subscriptions set notice_at = past_due_since where past_due_since is not null;
alter table subscriptions force row level security;
alter table subscriptions add check (notice_at is null or past_due_since is not null);
create index subscriptions_notice on subscriptions (notice_at) where notice_at is not null;

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
    check (kind in ('QUOTA_THRESHOLD', 'LOW_CREDITS', 'OVERAGE', 'PAYMENT_MISSING'));
