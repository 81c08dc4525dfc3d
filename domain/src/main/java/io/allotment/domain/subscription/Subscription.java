package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An account's subscription to one plan version.
 *
 * @param cycle where its periods are counted from: the end of the trial, else its start, else where a change of plan began
 *     them anew
 * @param currentPeriod the period last seen; {@link #at} brings it up to a time
 * @param pastDue the payment that is missing, while it is past due
 * @param autoRenew whether it goes on by itself; where not it expires with its period
 * @param cancelAtPeriodEnd whether it is canceled, and runs to its period's end
 * @param canceledAt when it was canceled, also while it runs to the period's end
 * @param resumesAt when a pause ends by itself
 * @param scheduled the change of plan that the period's end brings
 * @param included what it had of included credits; empty before it had any
 * @param endedAt when it stopped for good
 * @param billed which gateway bills it; empty where it goes by time alone
 */
public record Subscription(
        TenantId tenantId,
        SubscriptionId id,
        AccountId accountId,
        PlanVersionId planVersionId,
        Optional<PriceKey> price,
        SubscriptionStatus status,
        BillingCycle cycle,
        Period currentPeriod,
        Optional<Period> trial,
        Optional<PastDue> pastDue,
        boolean autoRenew,
        boolean cancelAtPeriodEnd,
        Optional<Instant> canceledAt,
        Optional<String> cancellationReason,
        Optional<Instant> resumesAt,
        Optional<ScheduledChange> scheduled,
        Optional<IncludedCredits> included,
        Optional<Instant> endedAt,
        Optional<Billed> billed,
        Document metadata,
        Instant createdAt,
        Instant updatedAt) {

    public Subscription {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(planVersionId, "planVersionId");
        requireNonNull(price, "price");
        requireNonNull(status, "status");
        requireNonNull(cycle, "cycle");
        requireNonNull(currentPeriod, "currentPeriod");
        requireNonNull(trial, "trial");
        requireNonNull(pastDue, "pastDue");
        requireNonNull(canceledAt, "canceledAt");
        cancellationReason = cancellationReason.map(text -> Text.prose("reason", text, 500));
        requireNonNull(resumesAt, "resumesAt");
        requireNonNull(scheduled, "scheduled");
        requireNonNull(included, "included");
        requireNonNull(endedAt, "endedAt");
        requireNonNull(billed, "billed");
        requireNonNull(metadata, "metadata");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    /**
     * A subscription that starts now: {@code TRIALING} where there are trial days, else in the given state.
     *
     * @param months the length of a period after the trial
     */
    public static Subscription started(
            TenantId tenant,
            SubscriptionId id,
            AccountId account,
            PlanVersionId planVersion,
            Optional<PriceKey> price,
            SubscriptionStatus status,
            int trialDays,
            int months,
            ZoneId zone,
            Document metadata,
            Instant now) {
        Optional<Period> trial = trialDays == 0
                ? Optional.empty()
                : Optional.of(
                        Period.between(now, now.atZone(zone).plusDays(trialDays).toInstant()));
        var cycle = new BillingCycle(trial.flatMap(Period::end).orElse(now), months);
        return new Subscription(
                tenant,
                id,
                account,
                planVersion,
                price,
                trial.isPresent() ? SubscriptionStatus.TRIALING : status,
                cycle,
                trial.orElseGet(() -> cycle.at(now, zone)),
                trial,
                Optional.empty(),
                true,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                metadata,
                now,
                now);
    }

    /**
     * This one in the periods of another that has just ended and cost nothing either, with what that one had of included
     * credits: who leaves a free plan and comes back does not begin anew.
     */
    public Subscription continuing(Subscription before) {
        var next = new Draft(this);
        next.cycle = before.cycle;
        next.currentPeriod = before.currentPeriod;
        next.included = before.included;
        return next.at(updatedAt);
    }

    /**
     * What it is at a time, nobody having touched it meanwhile: a trial that is over has become active, a period that is
     * over has given way to the next with the plan that was to come, a cancellation at the period's end has happened, the
     * days of grace are over, a pause has ended. Time alone decides, so nothing depends on a job having run, and it does
     * not matter how often one asks.
     */
    public Subscription at(Instant now, ZoneId zone) {
        var present = this;
        for (var next = present.nextChange(); isDue(next, now); next = present.nextChange()) {
            present = present.changedBy(next, zone);
        }
        return present;
    }

    /** All that it becomes until a time, itself first: what {@link #at} gives is the last. */
    public List<Subscription> until(Instant now, ZoneId zone) {
        if (!isDue(nextChange(), now)) {
            return List.of(this);
        }
        var all = new ArrayList<Subscription>();
        all.add(this);
        var present = this;
        for (var next = present.nextChange(); isDue(next, now); next = present.nextChange()) {
            present = present.changedBy(next, zone);
            all.add(present);
        }
        return all;
    }

    /** When time changes it next; empty for never. */
    public Optional<Instant> changesAt() {
        return Optional.ofNullable(nextChange());
    }

    private static boolean isDue(Instant change, Instant now) {
        return change != null && !now.isBefore(change);
    }

    private Instant nextChange() {
        var periodEnd = currentPeriod.end().orElseThrow();
        return switch (status) {
            case FREE, TRIALING, ACTIVE -> periodEnd;
            case PAST_DUE -> {
                var graceEnd = pastDue.orElseThrow().graceEndsAt();
                yield graceEnd.isBefore(periodEnd) ? graceEnd : periodEnd;
            }
            case PAUSED -> {
                var resumption = resumesAt.orElse(null);
                if (!cancelAtPeriodEnd) {
                    yield resumption;
                }
                var canceled = canceledAt.orElseThrow();
                var end = canceled.isAfter(periodEnd) ? canceled : periodEnd;
                yield resumption != null && resumption.isBefore(end) ? resumption : end;
            }
            case CANCELED, EXPIRED -> null;
        };
    }

    private Subscription changedBy(Instant time, ZoneId zone) {
        if (pastDue.filter(missing -> missing.graceEndsAt().equals(time)).isPresent()) {
            return moved(SubscriptionStatus.Event.GRACE_ENDED).at(time);
        }
        if (cancelAtPeriodEnd && currentPeriod.hasEndedAt(time)) {
            return moved(SubscriptionStatus.Event.CANCEL).at(time);
        }
        if (status == SubscriptionStatus.PAUSED) {
            return resumed(time, zone);
        }
        return next(SubscriptionStatus.Event.PERIOD_ENDED, time, zone);
    }

    /** In the period that begins, or holds the time after a pause; over, where it does not go on by itself. */
    private Subscription next(SubscriptionStatus.Event event, Instant time, ZoneId zone) {
        if (!autoRenew && status != SubscriptionStatus.FREE) {
            return moved(SubscriptionStatus.Event.EXPIRE).at(time);
        }
        var next = moved(event);
        scheduled.ifPresent(change -> {
            next.planVersionId = change.planVersionId();
            next.price = change.price();
            next.cycle = change.months() == cycle.months() ? cycle : new BillingCycle(time, change.months());
            next.scheduled = Optional.empty();
        });
        next.currentPeriod = billed.isEmpty() ? next.cycle.at(time, zone) : expected(event, next.cycle, time);
        return next.at(time);
    }

    /** Until the gateway says so itself: it begins where the last one ended, whatever the zone. */
    private static Period expected(SubscriptionStatus.Event event, BillingCycle cycle, Instant time) {
        var period = cycle.at(time, Times.UTC);
        return event == SubscriptionStatus.Event.PERIOD_ENDED
                ? Period.between(time, period.end().orElseThrow())
                : period;
    }

    /** Whether its present period still has to bring its included credits; one that a gateway bills has them with the payment. */
    public boolean isToBeCredited() {
        return billed.isEmpty()
                && status.earnsCredits()
                && included.filter(had -> had.periodStart().equals(currentPeriod.start()))
                        .isEmpty();
    }

    /** What it has had once its present period has brought all its included credits. */
    public IncludedCredits credited(Credits all) {
        return new IncludedCredits(currentPeriod.start(), all, all);
    }

    /** With what it has had of included credits. */
    public Subscription with(Optional<IncludedCredits> credits) {
        var next = new Draft(this);
        next.included = credits;
        return next.at(updatedAt);
    }

    /** One that a gateway bills, as it says it is. */
    public static Subscription billed(
            TenantId tenant, SubscriptionId id, AccountId account, BilledState told, int graceDays, Instant now) {
        return new Subscription(
                        tenant,
                        id,
                        account,
                        told.planVersionId(),
                        told.price(),
                        told.status(),
                        new BillingCycle(told.currentPeriod().start(), told.months()),
                        told.currentPeriod(),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Document.EMPTY,
                        now,
                        now)
                .following(told, graceDays);
    }

    /**
     * As the gateway that bills it says it is: it decides, and not the table of states. What time has done here is undone where the
     * gateway knows better, such as a grace that was over before the payment came.
     *
     * @param graceDays of the plan version, for a payment that is missing
     */
    public Subscription following(BilledState told, int graceDays) {
        var next = new Draft(this);
        next.planVersionId = told.planVersionId();
        next.price = told.price();
        next.status = told.status();
        next.cycle = told.cycle(cycle);
        next.currentPeriod = told.currentPeriod();
        next.trial = told.trial();
        next.pastDue = told.status() == SubscriptionStatus.PAST_DUE
                ? pastDue.or(() -> Optional.of(PastDue.since(told.billed().asOf(), graceDays)))
                : Optional.empty();
        next.autoRenew = true;
        next.cancelAtPeriodEnd = told.cancelAtPeriodEnd();
        next.canceledAt = told.canceledAt();
        next.resumesAt = told.resumesAt();
        next.scheduled = Optional.empty();
        next.billed = Optional.of(told.billed());
        return next.at(told.endedAt().orElse(told.billed().asOf()));
    }

    /** Refuses one that a gateway bills ({@link BilledByGateway}): it is changed there. */
    public Subscription requireOurs() {
        billed.filter(by -> !status.isEnded()).ifPresent(by -> {
            throw new BilledByGateway(by.gateway());
        });
        return this;
    }

    /** The trial becomes a paid subscription, whose periods begin now; or a late payment came. */
    public Subscription activated(Instant now, ZoneId zone) {
        var next = moved(SubscriptionStatus.Event.ACTIVATE);
        if (status == SubscriptionStatus.TRIALING) {
            next.restart(new BillingCycle(now, cycle.months()), now, zone);
        }
        return next.at(now);
    }

    /**
     * What its payment brings about where one is waited for: goes on, or begins anew where it expired because the payment was missing. Empty where
     * none is waited for, as for what was not to go on, or was ended by somebody: that is paid, and over.
     */
    public Optional<SubscriptionStatus.Event> onPayment() {
        return switch (status) {
            case PAST_DUE -> Optional.of(SubscriptionStatus.Event.ACTIVATE);
            case EXPIRED -> endsWithPeriod() ? Optional.empty() : Optional.of(SubscriptionStatus.Event.REACTIVATE);
            case FREE, TRIALING, ACTIVE, PAUSED, CANCELED -> Optional.empty();
        };
    }

    /** @param graceDays how many days it may still spend */
    public Subscription pastDue(int graceDays, Instant now, ZoneId zone) {
        var next = moved(SubscriptionStatus.Event.PAYMENT_FAILED);
        if (status == SubscriptionStatus.TRIALING) {
            next.restart(new BillingCycle(now, cycle.months()), now, zone);
        }
        next.pastDue = Optional.of(PastDue.since(now, graceDays));
        // Without a day of grace it is over at once.
        return next.at(now).at(now, zone);
    }

    /** Whether its holder is to be told now that its payment is missing. */
    public boolean isToBeDunned(DunningSchedule schedule, Instant now) {
        return status == SubscriptionStatus.PAST_DUE
                && pastDue.filter(missing -> schedule.isDue(missing, now)).isPresent();
    }

    /** All that was to be told until now is. */
    public Subscription dunned(DunningSchedule schedule, Instant now) {
        var next = new Draft(this);
        next.pastDue = pastDue.map(
                missing -> new PastDue(missing.since(), missing.graceEndsAt(), schedule.next(missing, now)));
        return next.at(updatedAt);
    }

    /** Its trial, while that goes on. */
    public Optional<Period> runningTrial(Instant now) {
        return trial.filter(period -> status == SubscriptionStatus.TRIALING && period.contains(now));
    }

    /** Whether nothing follows its present period. */
    public boolean endsWithPeriod() {
        return cancelAtPeriodEnd || !autoRenew;
    }

    /** @param until when it goes on by itself, after now; empty for when it is resumed */
    public Subscription paused(Optional<Instant> until, Instant now) {
        var next = moved(SubscriptionStatus.Event.PAUSE);
        if (until.isPresent() && !until.get().isAfter(now)) {
            throw new InvalidValue("until", "must be in the future");
        }
        next.resumesAt = until;
        return next.at(now);
    }

    /** The periods stood still; the one that holds the present goes on. A trial goes on where it is not over. */
    public Subscription resumed(Instant now, ZoneId zone) {
        if (currentPeriod.hasEndedAt(now)) {
            return next(SubscriptionStatus.Event.RESUME, now, zone);
        }
        var next = moved(SubscriptionStatus.Event.RESUME);
        if (isOnTrial(now)) {
            next.status = SubscriptionStatus.TRIALING;
        }
        return next.at(now);
    }

    /** One that became paid before its end is over: its periods are counted from then. */
    private boolean isOnTrial(Instant now) {
        return trial.filter(period -> period.contains(now))
                .flatMap(Period::end)
                .filter(cycle.anchor()::equals)
                .isPresent();
    }

    /** Canceled now, or marked to end with the current period. */
    public Subscription canceled(boolean atPeriodEnd, Optional<String> reason, Instant now) {
        var ended = moved(SubscriptionStatus.Event.CANCEL);
        var next = atPeriodEnd ? new Draft(this) : ended;
        next.cancelAtPeriodEnd = atPeriodEnd;
        next.canceledAt = Optional.of(now);
        next.cancellationReason = reason;
        return next.at(now);
    }

    /** Runs on after all; refuses one that was not to be canceled. */
    public Subscription uncanceled(Instant now) {
        var next = moved(SubscriptionStatus.Event.UNCANCEL);
        if (!cancelAtPeriodEnd) {
            throw new TransitionRefused(status, SubscriptionStatus.Event.UNCANCEL);
        }
        next.cancelAtPeriodEnd = false;
        next.canceledAt = Optional.empty();
        next.cancellationReason = Optional.empty();
        return next.at(now);
    }

    /** Goes on by itself at its period's end, or expires there. */
    public Subscription renewing(boolean byItself, Instant now) {
        var next = moved(SubscriptionStatus.Event.SET_AUTO_RENEW);
        next.autoRenew = byItself;
        return next.at(now);
    }

    /** Ended by somebody: it is not to go on, so no late payment begins it anew. */
    public Subscription expired(Instant now) {
        var next = moved(SubscriptionStatus.Event.EXPIRE);
        next.autoRenew = false;
        return next.at(now);
    }

    /** With another plan from the next period on; empty to stay. */
    public Subscription scheduling(Optional<ScheduledChange> change, Instant now) {
        var next = moved(SubscriptionStatus.Event.CHANGE_PLAN);
        next.scheduled = change;
        return next.at(now);
    }

    /**
     * On another plan from now on.
     *
     * @param restarts whether a new period begins now
     */
    public Subscription changedTo(ScheduledChange change, boolean restarts, Instant now, ZoneId zone) {
        var next = moved(SubscriptionStatus.Event.CHANGE_PLAN);
        next.planVersionId = change.planVersionId();
        next.price = change.price();
        next.scheduled = Optional.empty();
        if (restarts) {
            next.restart(new BillingCycle(now, change.months()), now, zone);
        } else {
            // Of a trial: its end is where the periods are counted from, however long they are.
            next.cycle = new BillingCycle(cycle.anchor(), change.months());
        }
        return next.at(now);
    }

    private Draft moved(SubscriptionStatus.Event event) {
        var next = new Draft(this);
        next.status = status.after(event).orElseThrow(() -> new TransitionRefused(status, event));
        return next;
    }

    /** A copy on its way to what follows: a record of so many parts is not written out for each change. */
    private static final class Draft {

        private final Subscription before;
        private PlanVersionId planVersionId;
        private Optional<PriceKey> price;
        private SubscriptionStatus status;
        private BillingCycle cycle;
        private Period currentPeriod;
        private Optional<Period> trial;
        private Optional<PastDue> pastDue;
        private boolean autoRenew;
        private boolean cancelAtPeriodEnd;
        private Optional<Instant> canceledAt;
        private Optional<String> cancellationReason;
        private Optional<Instant> resumesAt;
        private Optional<ScheduledChange> scheduled;
        private Optional<IncludedCredits> included;
        private Optional<Billed> billed;

        Draft(Subscription before) {
            this.before = before;
            this.planVersionId = before.planVersionId;
            this.price = before.price;
            this.status = before.status;
            this.cycle = before.cycle;
            this.currentPeriod = before.currentPeriod;
            this.trial = before.trial;
            this.pastDue = before.pastDue;
            this.autoRenew = before.autoRenew;
            this.cancelAtPeriodEnd = before.cancelAtPeriodEnd;
            this.canceledAt = before.canceledAt;
            this.cancellationReason = before.cancellationReason;
            this.resumesAt = before.resumesAt;
            this.scheduled = before.scheduled;
            this.included = before.included;
            this.billed = before.billed;
        }

        void restart(BillingCycle anew, Instant now, ZoneId zone) {
            cycle = anew;
            currentPeriod = anew.at(now, zone);
        }

        Subscription at(Instant time) {
            boolean canceled = status == SubscriptionStatus.CANCELED;
            return new Subscription(
                    before.tenantId,
                    before.id,
                    before.accountId,
                    planVersionId,
                    price,
                    status,
                    cycle,
                    currentPeriod,
                    trial,
                    status == SubscriptionStatus.PAST_DUE ? pastDue : Optional.empty(),
                    autoRenew,
                    cancelAtPeriodEnd,
                    canceled ? canceledAt.or(() -> Optional.of(time)) : canceledAt,
                    cancellationReason,
                    status == SubscriptionStatus.PAUSED ? resumesAt : Optional.empty(),
                    status.isEnded() ? Optional.empty() : scheduled,
                    included,
                    status.isEnded() ? Optional.of(time) : Optional.empty(),
                    billed,
                    before.metadata,
                    before.createdAt,
                    time);
        }
    }
}
