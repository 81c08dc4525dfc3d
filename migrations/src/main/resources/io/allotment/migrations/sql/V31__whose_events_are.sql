-- What an event of a gateway is about, and whose that is, as far as it is known. One that is known to be a tenant's goes with it.
alter table payment_events
    add column tenant_id   uuid,
    add column account_id  uuid,
    add column object_kind text
        check (object_kind in ('CUSTOMER', 'CHECKOUT', 'SUBSCRIPTION', 'INVOICE', 'REFUND', 'DISPUTE', 'METER')),
    add column object_id   text,
    add foreign key (tenant_id, account_id) references billing_accounts (tenant_id, id) on delete cascade,
    add check ((tenant_id is null) = (account_id is null)),
    add check ((object_kind is null) = (object_id is null)),
    add check (tenant_id is null or object_kind is not null);
create index payment_events_by_tenant on payment_events (tenant_id, received_at, gateway, id) where tenant_id is not null;
call isolate_tenants('payment_events'::regclass);
