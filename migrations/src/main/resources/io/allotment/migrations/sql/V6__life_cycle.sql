-- Subscriptions that live: time moves them on, plans change, each period brings its included credits once.

-- The owner fills the new columns of all tenants' rows.
alter table subscriptions no force row level security;
alter table subscriptions
    add column grace_ends_at timestamptz,
    add column auto_renew boolean not null default true,
    add column resumes_at timestamptz,
    add column scheduled_plan_version_id uuid references plan_versions (id) on delete restrict,
    add column scheduled_price_key text,
    add column scheduled_cycle_months integer check (scheduled_cycle_months > 0),
    add column included_period_start timestamptz,
    add column included_entitled numeric(38, 9),
    add column included_granted numeric(38, 9),
    -- When time changes it next: what a job looks for across tenants.
    add column changes_at timestamptz,
    add foreign key (scheduled_plan_version_id, scheduled_price_key) references prices (plan_version_id, key)
        on delete restrict;
alter table subscriptions alter column auto_renew drop default;

update subscriptions s
set grace_ends_at = s.past_due_since + make_interval(hours => 24 * v.grace_days)
from plan_versions v
where v.id = s.plan_version_id and s.status = 'PAST_DUE';

-- What a period had before this was counted.
update subscriptions s
set included_period_start = s.current_period_start, included_entitled = v.included_credits,
    included_granted = v.included_credits
from plan_versions v
where v.id = s.plan_version_id and s.ended_at is null;

update subscriptions
set changes_at = case
    when status = 'PAST_DUE' then least(grace_ends_at, current_period_end)
    when status <> 'PAUSED' then current_period_end
    when cancel_at_period_end then greatest(canceled_at, current_period_end)
    end
where ended_at is null;

alter table subscriptions
    add check ((past_due_since is null) = (grace_ends_at is null)),
    add check (num_nonnulls(scheduled_plan_version_id, scheduled_cycle_months) in (0, 2)),
    add check (num_nonnulls(included_period_start, included_entitled, included_granted) in (0, 3));
alter table subscriptions force row level security;
create index subscriptions_due on subscriptions (changes_at) where changes_at is not null;
create index subscriptions_scheduled on subscriptions (scheduled_plan_version_id)
    where scheduled_plan_version_id is not null;
