-- Refunds and invoices know each other.

-- What went back of it, by refunds and disputes that stand.
alter table invoices add column refunded_minor bigint not null default 0 check (refunded_minor >= 0);

-- What was paid with the payment; empty until that is known.
alter table refunds add column invoice_id uuid;

-- The operator's own numbers were not held to be single: those that were given again stay as they are, nothing else may be.
alter table invoices add column number_repeated boolean not null default false;

-- Forced row-level security binds the owner too.
alter table invoices no force row level security;
alter table refunds no force row level security;

update invoices i set number_repeated = true
where i.gateway = 'manual'
  and exists (select 1 from invoices o
              where o.tenant_id = i.tenant_id and o.gateway = i.gateway and o.number = i.number and o.id < i.id);

update refunds r set invoice_id = paid.id
from (
    select distinct on (tenant_id, gateway, payment_id) tenant_id, gateway, payment_id, id
    from invoices
    where payment_id is not null
    order by tenant_id, gateway, payment_id, id
) paid
where paid.tenant_id = r.tenant_id and paid.gateway = r.gateway and paid.payment_id = r.payment_id;

update invoices i set refunded_minor = back.minor
from (
    select tenant_id, invoice_id, sum(amount_minor) as minor
    from refunds
    where invoice_id is not null and status in ('PENDING', 'SUCCEEDED', 'DISPUTED', 'LOST')
    group by tenant_id, invoice_id
) back
where i.tenant_id = back.tenant_id and i.id = back.invoice_id;

alter table invoices force row level security;
alter table refunds force row level security;

create unique index invoices_number on invoices (tenant_id, number)
    where gateway = 'manual' and number is not null and not number_repeated;
create index refunds_invoice on refunds (tenant_id, invoice_id) where invoice_id is not null;
