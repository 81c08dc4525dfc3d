-- Runs after every migration: a partition of usage events for this month and each of the twelve that follow. The bounds
-- are UUIDv7 of the month's first millisecond: 48 bits of milliseconds since 1970, then zeros.
do $$
declare
    month      timestamptz;
    part       text;
    lower_id   uuid;
    upper_id   uuid;
    first_of_month constant timestamptz := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC';
begin
    for i in 0..12 loop
        month := (first_of_month at time zone 'UTC' + make_interval(months => i)) at time zone 'UTC';
        part := 'usage_events_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        continue when to_regclass('allotment.' || part) is not null;
        lower_id := rpad(lpad(to_hex((extract(epoch from month) * 1000)::bigint), 12, '0'), 32, '0')::uuid;
        upper_id := rpad(lpad(to_hex((extract(epoch from
            (month at time zone 'UTC' + interval '1 month') at time zone 'UTC') * 1000)::bigint), 12, '0'), 32, '0')::uuid;
        begin
            execute format('create table allotment.%I partition of allotment.usage_events for values from (%L) to (%L)',
                           part, lower_id, upper_id);
            execute format('alter table allotment.%I enable row level security', part);
            execute format('alter table allotment.%I force row level security', part);
            execute format(
                'create policy tenant_isolation on allotment.%I to allotment_app
                     using (strpos(current_setting(''allotment.tenant_ids'', true), tenant_id::text) > 0)
                     with check (strpos(current_setting(''allotment.tenant_ids'', true), tenant_id::text) > 0)',
                part);
            execute format('create policy platform on allotment.%I to allotment_platform using (true) with check (true)',
                           part);
        exception when check_violation then
            -- Rows of that month are in the default partition already, and are well there.
            null;
        end;
    end loop;
end $$;
