-- The AI catalogue and its price book: providers, models, prices, preferences, and what a charge cost.

-- ---------------------------------------------------------------------------------------------------------------------
-- Platform data. On Citus these are reference tables.

create table ai_providers (
    key            text collate "C" primary key,
    name           text        not null,
    base_url       text,
    api_pattern    text,
    model_match    jsonb,
    provider_match jsonb,
    key_required   boolean     not null,
    streaming      boolean     not null,
    active         boolean     not null,
    position       integer     not null,
    fallbacks      text[]      not null,
    extractors     jsonb       not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);

create table ai_models (
    provider_key   text collate "C" not null references ai_providers (key) on delete restrict,
    name           text collate "C" not null,
    display_name   text        not null,
    description    text,
    price_comments text,
    match          jsonb       not null,
    position       integer     not null,
    capabilities   text[]      not null,
    context_window bigint check (context_window > 0),
    deprecated     boolean     not null,
    active         boolean     not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    primary key (provider_key, name)
);

-- Append-only. Rows of one model with the same beginning are one list.
create table model_prices (
    id             uuid primary key,
    provider_key   text collate "C" not null,
    model_name     text collate "C" not null,
    effective_from timestamptz,
    position       integer     not null check (position >= 0),
    condition      jsonb,
    rates          jsonb       not null,
    currency       text        not null check (currency ~ '^[A-Z]{3}$'),
    created_at     timestamptz not null,
    foreign key (provider_key, model_name) references ai_models (provider_key, name) on delete restrict,
    unique nulls not distinct (provider_key, model_name, effective_from, position)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenants' data.

-- Prices that were agreed with a tenant: they come before the book's. Append-only.
create table tenant_model_prices (
    tenant_id      uuid        not null references tenants (tenant_id) on delete cascade,
    id             uuid        not null,
    provider_key   text collate "C" not null,
    model_name     text collate "C" not null,
    effective_from timestamptz,
    position       integer     not null check (position >= 0),
    condition      jsonb,
    rates          jsonb       not null,
    currency       text        not null check (currency ~ '^[A-Z]{3}$'),
    created_at     timestamptz not null,
    primary key (tenant_id, id),
    foreign key (provider_key, model_name) references ai_models (provider_key, name) on delete restrict,
    unique nulls not distinct (tenant_id, provider_key, model_name, effective_from, position)
);

-- The tenant's own under its own id, those of its members under theirs.
create table model_preferences (
    tenant_id    uuid        not null references tenants (tenant_id) on delete cascade,
    holder_id    uuid        not null,
    provider_key text collate "C" references ai_providers (key) on delete restrict,
    model_name   text collate "C",
    tone         text,
    language     text,
    settings     jsonb       not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    primary key (tenant_id, holder_id),
    foreign key (provider_key, model_name) references ai_models (provider_key, name) on delete restrict
);

-- Which models a kind of output may be made with; a kind that is not named may be made with any.
create table output_model_constraints (
    tenant_id    uuid        not null references tenants (tenant_id) on delete cascade,
    output_type  text collate "C" not null,
    provider_key text collate "C" not null,
    model_name   text collate "C" not null,
    created_at   timestamptz not null,
    primary key (tenant_id, output_type, provider_key, model_name),
    foreign key (provider_key, model_name) references ai_models (provider_key, name) on delete restrict
);

-- What was recorded without a price and priced later. Append-only.
create table usage_costs (
    tenant_id      uuid        not null references tenants (tenant_id) on delete cascade,
    event_id       uuid        not null,
    cost           numeric     not null check (cost >= 0),
    cost_currency  text        not null,
    model_price_id uuid        not null,
    created_at     timestamptz not null,
    primary key (tenant_id, event_id)
);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'tenant_model_prices', 'model_preferences', 'output_model_constraints', 'usage_costs']
    loop
        call allotment.isolate_tenants(format('allotment.%I', tenant_table)::regclass);
    end loop;
end $$;

-- What becomes of a charge whose model has no price, and the price where it is to have one of the tenant's.
alter table tenants
    add column unpriced_models     text not null default 'UNPRICED'
        check (unpriced_models in ('REFUSE', 'DEFAULT', 'UNPRICED')),
    add column default_model_rates jsonb,
    add check (unpriced_models <> 'DEFAULT' or default_model_rates is not null);

-- What an operation's credit rate is for.
alter table operations
    add column credit_basis text not null default 'QUANTITY' check (credit_basis in ('QUANTITY', 'TOKENS', 'COST'));

-- The provider whose model it was, and what it cost by which row of the price book. A reservation keeps what its rates are
-- for: null is the quantity of each line.
alter table usage_events
    add column provider       text,
    add column cost           numeric,
    add column cost_currency  text,
    add column model_price_id uuid;
alter table reservations
    add column provider     text,
    add column credit_bases text[];
create index usage_events_unpriced on usage_events (tenant_id, id) where model is not null and cost is null;

grant select on ai_providers, ai_models, model_prices to allotment_app;
grant select, insert, update on ai_providers, ai_models to allotment_platform;
grant select, insert on model_prices to allotment_platform;
grant select on tenant_model_prices to allotment_app;
grant select, insert on tenant_model_prices to allotment_platform;
grant select, insert, update, delete on model_preferences, output_model_constraints to allotment_app, allotment_platform;
grant select, insert on usage_costs to allotment_app, allotment_platform;
