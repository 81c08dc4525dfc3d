-- What a correction does not tell a gateway, since that never counted what is corrected. So the quantities still come to the units.
alter table metered_reports add column withheld_units numeric(38, 9) not null default 0 check (withheld_units = trunc(withheld_units));

-- In the order that reports are sent in, so that the next one is the first of the index however many wait.
create index metered_reports_due on metered_reports (gateway, tried_at, next_at, id) where next_at is not null;
drop index metered_reports_next;

-- What a gateway counts is asked of one tenant's customer.
create index metered_reports_sent on metered_reports (tenant_id, gateway, customer_id, used_at) where status = 'SENT';
drop index metered_reports_customer;

-- What may be corrected is looked for in the quota's period, too.
create index metered_reports_quota on metered_reports (tenant_id, account_id, feature_key, period_start);
