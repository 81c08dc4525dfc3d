-- How a checkout stands is told to the end: being paid, and of one that is over how it ended. Forced row-level security binds the owner too.
alter table subscription_checkouts no force row level security;
alter table subscription_checkouts drop constraint subscription_checkouts_status_check;
update subscription_checkouts
set status = case
    when status = 'DONE' then 'PAID'
    when subscription_id is not null then 'SUBSCRIBED'
    when canceled_at is not null then 'CANCELED'
    when gateway_id is null then 'REFUSED'
    else 'EXPIRED'
end
where status in ('DONE', 'CLOSED');
alter table subscription_checkouts add constraint subscription_checkouts_status_check
    check (status in ('OPEN', 'PAYING', 'PAID', 'SUBSCRIBED', 'CANCELED', 'REFUSED', 'EXPIRED', 'FAILED'));
alter table subscription_checkouts force row level security;

-- What is being paid is asked for too.
drop index subscription_checkouts_open;
create index subscription_checkouts_unpaid on subscription_checkouts (gateway, id)
    where status in ('OPEN', 'PAYING') and gateway_id is not null;
