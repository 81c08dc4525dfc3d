-- Usage that was recorded without a price waits for one, and changes of prices have a version of their own.

-- ---------------------------------------------------------------------------------------------------------------------
-- Counts the changes of providers, models and prices, of the book and of tenants. A process reads the book anew where this
-- has changed, and not with each change of the catalogue.
alter table catalog_version add column prices bigint not null default 1;

-- ---------------------------------------------------------------------------------------------------------------------
-- Usage events without a price: written in the transaction that rolls them up, and gone in the one that writes their cost
-- and adds it to the sums. Until it is rolled up, an event without a price waits in usage_arrivals. So each is in one place,
-- whenever anybody looks.
create table usage_unpriced (
    tenant_id uuid             not null,
    event_id  uuid             not null,
    provider  text collate "C",
    model     text collate "C" not null,
    used_at   timestamptz      not null,
    primary key (tenant_id, event_id)
);

-- When it was last tried to price what a tenant has in usage_unpriced, and which version the prices had then.
create table usage_pricings (
    tenant_id uuid        primary key references tenants (tenant_id) on delete cascade,
    tried_at  timestamptz not null,
    prices    bigint      not null
);

call isolate_tenants('usage_unpriced'::regclass);
call isolate_tenants('usage_pricings'::regclass);
grant select on usage_unpriced to allotment_app;
grant select, insert, update, delete on usage_unpriced to allotment_platform;
grant select, insert, update on usage_pricings to allotment_platform;

-- What was rolled up before. Forced row-level security binds the owner too: lifted for the one statement. Servers of an
-- earlier version are stopped while this runs, see docs/operations.md.
alter table usage_events no force row level security;
alter table usage_arrivals no force row level security;
insert into usage_unpriced (tenant_id, event_id, provider, model, used_at)
select e.tenant_id, e.id, e.provider, e.model, e.created_at
from usage_events e
left join (select tenant_id, unnest(event_ids) as event_id from usage_arrivals) a
    on a.tenant_id = e.tenant_id and a.event_id = e.id
where e.model is not null and e.tokens is not null and e.cost is null and a.event_id is null;
alter table usage_events force row level security;
alter table usage_arrivals force row level security;

-- What it found is found in usage_unpriced, and the gate writes one index less.
drop index usage_events_unpriced;
