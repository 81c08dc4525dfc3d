-- Where a purchase can be paid goes when nobody can any more: what has a page then, and is paid or given up, is to be closed there.
-- Forced row-level security binds the owner too.
alter table credit_purchases no force row level security;
update credit_purchases set checkout_url = null
where checkout_url is not null and expires_at < now() and (paid_at is not null or canceled_at is not null);
alter table credit_purchases force row level security;
create index credit_purchases_to_close on credit_purchases (gateway, expires_at)
    where checkout_url is not null and (paid_at is not null or canceled_at is not null);

-- So of subscriptions: what is over has no page, but one that was canceled before it opened.
create index subscription_checkouts_to_close on subscription_checkouts (gateway, expires_at)
    where url is not null and canceled_at is not null;

-- What a change under way is to, which so stays in the catalogue. Of those before it is not known.
alter table billing_orders
    add column plan_version_id uuid references plan_versions (id) on delete restrict,
    add check (plan_version_id is null or verb = 'CHANGE');
create index billing_orders_of_version on billing_orders (plan_version_id, id) where plan_version_id is not null;
