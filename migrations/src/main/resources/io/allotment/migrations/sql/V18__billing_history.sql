-- The billing history summed by months, invoices that the operator writes, trials that end, and payloads that go.

-- By what a month is summed: when it was invoiced, when it was paid, when it went back.
create index invoices_issued on invoices (tenant_id, issued_at);
create index invoices_paid on invoices (tenant_id, (coalesce(paid_at, issued_at))) where paid_minor <> 0;
create index refunds_created on refunds (tenant_id, created_at);

-- What a transfer is found again by: a bank names several payments alike, so refunds cannot.
alter table invoices add column reference text;

-- Of which trial's end the holder was told: once for each end.
alter table subscriptions add column trial_told_end timestamptz;
create index subscriptions_trial_end on subscriptions (trial_end)
    where status = 'TRIALING' and trial_told_end is distinct from trial_end;

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
    check (kind in ('QUOTA_THRESHOLD', 'LOW_CREDITS', 'OVERAGE', 'PAYMENT_MISSING', 'TRIAL_ENDING'));

-- A payload goes with the last try, whatever came of it.
alter table payment_events drop constraint payment_events_check1;
alter table payment_events add constraint payment_events_payload_check check (done_at is null or payload is null);

-- What stood in for an invoice goes when the gateway tells of it under a name of its own.
grant delete on invoices to allotment_app, allotment_platform;
