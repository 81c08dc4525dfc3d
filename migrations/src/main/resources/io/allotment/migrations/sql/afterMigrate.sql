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
    -- Where the migrations stop before the third, all rows go to the default partition.
    if to_regprocedure('allotment.isolate_tenants(regclass)') is null then
        return;
    end if;
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
            call allotment.isolate_tenants(format('allotment.%I', part)::regclass);
        exception when check_violation then
            -- Rows of that month are in the default partition already, and are well there.
            null;
        end;
    end loop;
end $$;
