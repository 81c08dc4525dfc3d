-- Runs after every migration: a partition of usage events for this month and each of the twelve that follow. Later ones are made by a
-- job, in the same way.
do $$
begin
    -- Where the migrations stop before the ninth, all rows go to the default partition.
    if to_regprocedure('allotment.make_usage_partitions(timestamptz, integer)') is not null then
        perform allotment.make_usage_partitions(now(), 12);
    end if;
end $$;
