-- What is to be subscribed to by a checkout, which so stays in the catalogue. Of those before it is not known.
alter table subscription_checkouts
    add column plan_version_id uuid references plan_versions (id) on delete restrict,
    add column price_key text collate "C",
    add column quantity integer check (quantity > 0),
    add foreign key (plan_version_id, price_key) references prices (plan_version_id, key) on delete restrict,
    add check (num_nonnulls(plan_version_id, price_key, quantity) in (0, 3));
create index subscription_checkouts_of_version on subscription_checkouts (plan_version_id, id) where plan_version_id is not null;

-- What the gateway told of a purchase's payment before the money came.
alter table credit_purchases add column progress text check (progress in ('PAYING', 'FAILED'));
