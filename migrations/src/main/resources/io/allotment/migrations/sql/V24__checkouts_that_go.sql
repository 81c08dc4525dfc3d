-- When a checkout was first to be canceled: then it has its audit entry.
alter table subscription_checkouts add column canceled_at timestamptz;

-- Where one could be paid names who was to pay: it goes when nobody can any more. Forced row-level security binds the owner too.
alter table subscription_checkouts no force row level security;
update subscription_checkouts set url = null where status = 'CLOSED' and url is not null;
alter table subscription_checkouts force row level security;

-- What is over goes with the orders.
create index subscription_checkouts_time on subscription_checkouts (tenant_id, created_at);
grant delete on subscription_checkouts to allotment_platform;

-- A payload goes with the last try: those that were given up before that was so.
update payment_events set payload = null where next_at is null and payload is not null;
