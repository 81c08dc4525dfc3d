-- Each charge changes an account, grants and counters, and PostgreSQL takes every check of their tables apart anew for every
-- statement: nine of a grant cost about a quarter of its update. One check each stays, of the amounts that a charge changes; what a
-- grant says from the beginning on is looked at by `verify` (`rows-say-what-they-may`).
alter table credit_accounts
    drop constraint credit_accounts_check,
    drop constraint credit_accounts_held_check,
    drop constraint credit_accounts_last_sequence_check,
    drop constraint credit_accounts_overdraft_check,
    drop constraint credit_accounts_overdraft_limit_check,
    add constraint credit_accounts_amounts check (held >= 0 and overdraft >= 0 and overdraft_limit >= 0 and balance >= -overdraft);

alter table credit_grants
    drop constraint credit_grants_amount_check,
    drop constraint credit_grants_check,
    drop constraint credit_grants_check1,
    drop constraint credit_grants_check2,
    drop constraint credit_grants_check3,
    drop constraint credit_grants_check4,
    drop constraint credit_grants_check5,
    drop constraint credit_grants_rollover_max_check,
    drop constraint credit_grants_source_check,
    add constraint credit_grants_amounts
        check (held >= 0 and held <= remaining and remaining <= amount and (voided_at is null or remaining = held));

alter table quota_counters
    drop constraint quota_counters_held_check,
    drop constraint quota_counters_noticed_percent_check,
    drop constraint quota_counters_overage_check,
    drop constraint quota_counters_used_check,
    add constraint quota_counters_amounts check (used >= 0 and overage >= 0 and held >= 0);
