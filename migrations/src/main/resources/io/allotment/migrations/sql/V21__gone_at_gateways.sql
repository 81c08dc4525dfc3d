-- What a gateway bills and what can be paid there is listed across tenants, to find out what is there no more.
drop index subscription_checkouts_gateway;
create index subscription_checkouts_open on subscription_checkouts (gateway, id)
    where status = 'OPEN' and gateway_id is not null;
create index subscriptions_still_billed on subscriptions (gateway, id) where over = false;
