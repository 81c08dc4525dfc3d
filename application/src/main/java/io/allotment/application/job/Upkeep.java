package io.allotment.application.job;

import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.application.usage.LatePricing;
import io.allotment.domain.Persistence;
import io.allotment.domain.identity.Attempts;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.job.Room;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.DunningSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * Writes down what time has done, so that nothing waits for the next touch; for whoever runs the process. Nothing depends on it: the gate
 * decides by time, and an account that nobody has touched is brought to time when somebody does. Each method does a bounded
 * portion, to be asked again while there is more; any number of processes may. Thread-safe.
 */
public final class Upkeep {

    public static final JobName LAPSE = new JobName("lapse");
    public static final JobName PRICE_USAGE = new JobName("price-usage");
    public static final JobName RETENTION = new JobName("retention");
    public static final JobName SUBSCRIPTIONS = new JobName("subscriptions");
    public static final JobName DUN = new JobName("dun");
    public static final JobName EXPIRE_CREDITS = new JobName("expire-credits");

    /** Requests of the platform's own are kept as long as a tenant's at the least. */
    private static final Duration PLATFORM_REQUESTS = Duration.ofDays(RetentionTerms.MIN_KEY_DAYS);

    /** After the last moment they could have gone on. */
    private static final Duration ENDED_SESSIONS = Duration.ofDays(30);

    private static final Duration ENDED_RESETS = Duration.ofDays(1);

    /** So many addresses without a password are throttled at a time: more than anybody asks for without being noticed. */
    private static final int THROTTLED_ADDRESSES = 1_000_000;

    private static final Duration MAILS = Duration.ofDays(30);

    /** Longer than any gateway tells the same again, and than anything is tried; what nobody tried by then is found by reconciling. */
    private static final Duration PAYMENT_EVENTS = Duration.ofDays(90);

    /** Where no price changed, what was used without one since is looked at as seldom as this. */
    private static final Duration PRICED_AGAIN = Duration.ofHours(1);

    /** So many rows of a kind in one unit of work. */
    private static final int ROWS = 1_000;

    /** So many events are rolled up in one unit of work. */
    private static final int EVENTS = 5_000;

    /** So many tenants at a time, each of which is seen to for so many units. */
    private static final int TENANTS = 20;

    private static final int UNITS = 20;

    /** So many accounts at a time. */
    private static final int BATCH = 100;

    private final Persistence persistence;
    private final Moments moments;
    private final TenantWork tenants;
    private final LatePricing pricing;
    private final PresentAccounts present;
    private final Dunning dunning;
    private final TrialNotices trials;

    public Upkeep(
            Persistence persistence,
            Ids ids,
            Moments moments,
            TenantWork tenants,
            DunningSchedule schedule,
            LatePricing pricing) {
        var notices = new HolderNotices(persistence, ids, moments);
        this.dunning = new Dunning(persistence, notices, schedule);
        this.trials = new TrialNotices(persistence, notices);
        this.persistence = persistence;
        this.moments = moments;
        this.tenants = tenants;
        this.pricing = pricing;
        this.present = new PresentAccounts(persistence);
    }

    /** Gives back what reservations hold whose lease has ended. */
    public Portion lapse() {
        var now = moments.now();
        return bringToTime(
                LAPSE,
                persistence.unitOfWork().forPlatform(() -> persistence.dueWork().lapsedLeases(LAPSE, now, BATCH)));
    }

    /** Writes off what is left of grants that have ended, and grants what goes over. */
    public Portion expireCredits() {
        var now = moments.now();
        return bringToTime(
                EXPIRE_CREDITS,
                persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.dueWork().endedGrants(EXPIRE_CREDITS, now, BATCH)));
    }

    /** Moves subscriptions on: renewals with their included credits, ends of trials, of grace and of pauses. */
    public Portion moveSubscriptionsOn() {
        var now = moments.now();
        return bringToTime(
                SUBSCRIPTIONS,
                persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.dueWork().changedSubscriptions(SUBSCRIPTIONS, now, BATCH)));
    }

    /** Tells of payments that are missing, each step of a grace once, and of trials that end, once. */
    public Portion dun() {
        var now = moments.now();
        var missing = told(
                persistence.unitOfWork().forPlatform(() -> persistence.dueWork().missingPayments(DUN, now, BATCH)),
                dunning::tell);
        var ending = told(
                persistence
                        .unitOfWork()
                        .forPlatform(() ->
                                persistence.dueWork().endingTrials(DUN, now, now.plus(TrialNotices.BEFORE), BATCH)),
                trials::tell);
        return new Portion(
                missing.done() + ending.done(), missing.failed() + ending.failed(), missing.more() || ending.more());
    }

    private Portion told(List<DueWork.Account> due, Consumer<DueWork.Account> telling) {
        return tenants.each(DUN, due, BATCH, DueWork.Account::tenantId, account -> {
            bringToTime(account.tenantId(), account.accountId());
            telling.accept(account);
        });
    }

    /** Gives usage that was recorded without a price its cost, where prices have changed since it was last tried. */
    public Portion priceUsage() {
        var now = moments.now();
        var due = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.unpricedUsage().due(PRICE_USAGE, now, now.minus(PRICED_AGAIN), TENANTS));
        if (due.isEmpty()) {
            return Portion.all(0);
        }
        var prices = pricing.prices();
        var events = new AtomicInteger();
        var more = new AtomicBoolean();
        var portion = tenants.each(PRICE_USAGE, due, TENANTS, Function.identity(), tenant -> {
            boolean left = true;
            for (int i = 0; left && i < UNITS; i++) {
                var priced = pricing.price(tenant, prices);
                events.addAndGet(Math.toIntExact(priced.events()));
                left = priced.more();
            }
            more.compareAndSet(false, left);
        });
        return new Portion(events.get(), portion.failed(), portion.more() || more.get());
    }

    /** Writes down what time has done to one account. Refuses one that does not exist ({@code NotFound}). */
    public void bringToTime(TenantId tenant, AccountId account) {
        persistence.unitOfWork().forTenant(tenant, () -> {
            present.open(tenant, account, moments.now());
        });
    }

    /** Makes places for the usage events of the months ahead ({@link Room}). */
    public Portion makeRoom() {
        return Portion.all(
                persistence.unitOfWork().forPlatform(() -> persistence.room().make(moments.now())));
    }

    /**
     * Removes what was kept long enough: of tenants by their terms ({@code RetentionTerms}), with a checkpoint where verification then
     * starts, and of the platform sessions and tokens that are over, failed attempts that are forgotten, old mails, what
     * gateways told long ago, and old answers to requests.
     */
    public Portion retain() {
        var now = moments.now();
        var more = new AtomicBoolean();
        var due = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.retentions().due(RETENTION, now, TENANTS));
        var portion = tenants.each(RETENTION, due, TENANTS, Function.identity(), tenant -> {
            // Beforehand, in units of their own: only what comes meanwhile is rolled up where it is removed.
            while (persistence
                            .unitOfWork()
                            .forPlatform(() -> persistence.usageSummaries().rollUp(tenant, EVENTS))
                    >= EVENTS) {}
            boolean left = true;
            for (int i = 0; left && i < UNITS; i++) {
                left = persistence.unitOfWork().forPlatform(() -> retain(tenant, now));
            }
            more.compareAndSet(false, left);
        });
        boolean ofPlatform = retainOfPlatform(now);
        return new Portion(portion.done(), portion.failed(), portion.more() || more.get() || ofPlatform);
    }

    /** Whether there is more to remove. */
    private boolean retain(TenantId tenant, Instant now) {
        var rows = persistence.retentions();
        var locked = rows.lock(tenant);
        if (locked.isEmpty()) {
            return false;
        }
        var before = locked.get();
        var keysUpTo = rows.keysUpTo(before, before.keysWanted(now), ROWS);
        boolean more = keysUpTo.isBefore(before.keysWanted(now));
        // The checkpoint first: whoever verifies now sees both or none.
        var checkpoint = before.keysFrom(keysUpTo);
        rows.save(checkpoint);
        rows.removeDecisions(before, checkpoint);
        if (!more) {
            var usageUpTo = rows.usageUpTo(checkpoint, checkpoint.usageWanted(now), ROWS);
            more = usageUpTo.isBefore(checkpoint.usageWanted(now));
            checkpoint = checkpoint.usageFrom(usageUpTo);
            rows.save(checkpoint);
            rows.removeUsage(checkpoint);
            // They are looked through together: once, and not with each portion of usage.
            more = more || rows.removeReports(checkpoint, ROWS) == ROWS;
        }
        more |= rows.removeRequests(tenant, checkpoint.keysWanted(now), ROWS) == ROWS;
        more |= rows.removeNotices(tenant, checkpoint.noticesWanted(now), ROWS) == ROWS;
        if (!more) {
            rows.save(checkpoint.next(rows.oldest(tenant).due(checkpoint.terms(), now), now));
        }
        return more;
    }

    private boolean retainOfPlatform(Instant now) {
        var rows = persistence.retentions();
        return Stream.<IntSupplier>of(
                        () -> rows.removePlatformRequests(now.minus(PLATFORM_REQUESTS), ROWS),
                        () -> rows.removeSessions(now.minus(ENDED_SESSIONS), ROWS),
                        () -> rows.removeResets(now.minus(ENDED_RESETS), ROWS),
                        () -> rows.removeAttempts(now.minus(Attempts.FORGOTTEN_AFTER), THROTTLED_ADDRESSES, ROWS),
                        () -> rows.removeMails(now.minus(MAILS), ROWS),
                        () -> rows.removePaymentEvents(now.minus(PAYMENT_EVENTS), ROWS))
                .map(remove -> persistence.unitOfWork().forPlatform(remove::getAsInt) == ROWS)
                .reduce(false, Boolean::logicalOr);
    }

    private Portion bringToTime(JobName job, List<DueWork.Account> due) {
        return tenants.each(
                job,
                due,
                BATCH,
                DueWork.Account::tenantId,
                account -> bringToTime(account.tenantId(), account.accountId()));
    }
}
