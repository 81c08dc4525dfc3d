-- Events that fail are tried for days and seen meanwhile, and what a gateway knows of whom we erased goes there too.

-- How often an event could not be applied. Of those that failed before it is known only that they did.
alter table payment_events add column attempts integer not null default 0 check (attempts >= 0);
update payment_events set attempts = 1 where status = 'WAITING' and problem is not null and next_at is not null;
create index payment_events_failing on payment_events (gateway, id)
    where status = 'WAITING' and attempts > 0 and next_at is not null;

-- They have pauses of their own: a tenant's are over, and its dead letters stay.
alter table failed_work no force row level security;
delete from failed_work where job = 'payments' and next_attempt_at is not null;
alter table failed_work force row level security;

-- Listed by when they were received, those that stand so or all.
create index payment_events_listed on payment_events (received_at, gateway, id);
create index payment_events_by_status on payment_events (status, received_at, gateway, id);
drop index payment_events_received;

-- Customers whom a gateway is to know no more. Without a tenant: that may be what was deleted.
create table customer_erasures (
    gateway     text collate "C" not null,
    customer_id text collate "C" not null,
    ordered_at  timestamptz      not null,
    attempts    integer          not null check (attempts >= 0),
    next_at     timestamptz      not null,
    problem     text,
    primary key (gateway, customer_id)
);
create index customer_erasures_next on customer_erasures (gateway, next_at);
grant select, insert, update, delete on customer_erasures to allotment_platform;
