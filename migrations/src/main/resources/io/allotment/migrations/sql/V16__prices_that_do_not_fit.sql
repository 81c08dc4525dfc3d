-- Usage whose tokens a price cannot tell apart is tried once with each version of the prices, and not again and again.
alter table usage_unpriced add column prices_tried bigint;

-- A version's subscribers are moved page by page, in the order of their ids.
create index subscriptions_of_version on subscriptions (plan_version_id, id);
drop index subscriptions_plan_version;
