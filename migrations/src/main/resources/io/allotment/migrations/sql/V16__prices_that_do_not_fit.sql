-- Usage whose tokens a price cannot tell apart is tried once with each version of the prices, and not again and again.
alter table usage_unpriced add column prices_tried bigint;
