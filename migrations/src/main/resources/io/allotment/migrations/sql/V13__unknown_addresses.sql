-- Failed attempts to sign in to addresses that have no password: throttled like those that have one, by every process and after
-- a restart. Without the address, which may be anybody's.
create table address_attempts (
    address_sha256  bytea primary key check (length(address_sha256) = 32),
    failed_attempts integer not null check (failed_attempts >= 0),
    last_failed_at  timestamptz,
    check ((failed_attempts > 0) = (last_failed_at is not null))
);
create index address_attempts_time on address_attempts (last_failed_at);

grant select, insert, update, delete on address_attempts to allotment_platform;
