-- Metered usage: billable overage of accounts that a gateway bills, and what gateways are told of it.

-- Overage that came about or was taken back, and is in no report yet: written with what brought it about, in the same transaction, and gone
-- in the one that makes the report. So each is in one place, whenever anybody looks and in whatever order transactions commit.
-- Without foreign keys, since the gate writes it (docs/decisions/0010).
create table metered_uses (
    tenant_id            uuid             not null,
    cause_id             uuid             not null,
    number               integer          not null,
    account_id           uuid             not null,
    gateway              text collate "C" not null,
    feature_key          text collate "C" not null,
    quantity             numeric(38, 9)   not null check (quantity <> 0),
    period_start         timestamptz      not null,
    billing_period_start timestamptz      not null,
    used_at              timestamptz      not null,
    primary key (tenant_id, cause_id, number)
);

create table metered_reports (
    tenant_id            uuid             not null,
    id                   uuid             not null,
    account_id           uuid             not null,
    gateway              text collate "C" not null,
    feature_key          text collate "C" not null,
    quantity             numeric(38, 9)   not null check (quantity <> 0),
    units                numeric(38, 9)   not null check (units = trunc(units)),
    period_start         timestamptz      not null,
    billing_period_start timestamptz      not null,
    used_at              timestamptz      not null,
    status               text             not null check (status in ('WAITING', 'SENT', 'REJECTED', 'UNCLEAR', 'TAKEN_BACK')),
    identifier           text collate "C" not null,
    customer_id          text collate "C",
    attempts             integer          not null check (attempts >= 0),
    tried_at             timestamptz,
    next_at              timestamptz,
    sent_at              timestamptz,
    problem              text,
    created_at           timestamptz      not null,
    primary key (tenant_id, id),
    unique (tenant_id, gateway, identifier),
    foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade,
    check ((status = 'WAITING') = (next_at is not null))
);
create index metered_reports_next on metered_reports (gateway, next_at) where next_at is not null;
create index metered_reports_identifier on metered_reports (gateway, identifier);
create index metered_reports_status on metered_reports (status, tenant_id, id) where status <> 'SENT';
create index metered_reports_customer on metered_reports (gateway, customer_id, used_at) where status = 'SENT';
create index metered_reports_account on metered_reports (tenant_id, account_id, feature_key, billing_period_start);

call isolate_tenants('metered_uses'::regclass);
call isolate_tenants('metered_reports'::regclass);
grant select, insert on metered_uses to allotment_app;
grant select, insert, update, delete on metered_uses to allotment_platform;
grant select, insert, update on metered_reports to allotment_app;
grant select, insert, update, delete on metered_reports to allotment_platform;

-- What was used above quotas before anything was reported is told, and not billed by surprise: the operator may have it sent. Forced row-level
-- security binds the owner too: lifted for the one statement. Servers of an earlier version are stopped while this runs, see
-- docs/operations.md.
alter table quota_counters no force row level security;
alter table subscriptions no force row level security;
alter table metered_reports no force row level security;
insert into metered_reports (tenant_id, id, account_id, gateway, feature_key, quantity, units, period_start, billing_period_start, used_at,
    status, identifier, attempts, problem, created_at)
select c.tenant_id, c.id, c.account_id, c.gateway, c.feature_key, c.overage, round(c.overage), c.period_start,
       c.billing_period_start, now(), 'REJECTED',
       c.id::text, 0, 'It was used before usage was reported to gateways: have it sent, if it is to be billed.', now()
from (
    select q.tenant_id, gen_random_uuid() as id, q.account_id, s.gateway, q.feature_key, q.overage, q.period_start,
           s.current_period_start as billing_period_start
    from quota_counters q
    join subscriptions s on s.tenant_id = q.tenant_id and s.account_id = q.account_id and s.gateway is not null
        and s.ended_at is null
    join features f on f.key = q.feature_key and f.kind = 'CONSUMED'
    where q.overage > 0
) c;
alter table quota_counters force row level security;
alter table subscriptions force row level security;
alter table metered_reports force row level security;
