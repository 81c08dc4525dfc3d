package io.allotment.server;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.allotment.Allotment;
import io.allotment.application.gate.GateService.Consumption;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.UnitOfWork;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * New tenants whose accounts can pay for longer than anybody measures, and the one call that is made on them: it costs
 * credits and draws a quota, so that allowing it writes a row of each kind.
 */
final class BenchWorld {

    private static final String OPERATION = "bench.call";
    private static final String FEATURE = "bench.calls";
    private static final String PLAN = "bench";
    private static final long AMPLE = 1_000_000_000L;

    private static final int MAKERS = 8;

    /** So many members are made in one transaction. */
    private static final int GROUP = 100;

    private static final int BATCH = 1_000;

    private static final FailsafeExecutor<Decision> PATIENT = Failsafe.with(RetryPolicy.<Decision>builder()
            .handle(Unavailable.class)
            .withMaxAttempts(-1)
            .withMaxDuration(Duration.ofSeconds(30))
            .withDelay(Duration.ofSeconds(1))
            .build());

    private static final int AGED_GRANTS = 1_000;
    private static final int AGED_ENTRIES = 1_000_000;

    private final UnitOfWork units;
    private final Allotment allotment;
    private final String name;
    private final AtomicLong calls = new AtomicLong();
    private final List<Payer> payers = new ArrayList<>();

    /** An account, and a call that it pays. */
    private record Payer(TenantId tenant, AccountId account, Charge charge) {
        Payer(TenantId tenant, AccountId account) {
            this(tenant, account, Charge.of(OPERATION, 1).on(account));
        }
    }

    private BenchWorld(Persistence persistence, String name) {
        this.units = persistence.unitOfWork();
        this.allotment = Allotment.with(persistence).build();
        this.name = name;
        makeCatalog();
    }

    /**
     * What a workload needs.
     *
     * @param name of the new tenants, to which a number is added; no two worlds may have the same
     * @param step called as often as {@link #steps} tells
     */
    static BenchWorld make(Persistence persistence, Workload workload, BenchSize size, String name, Runnable step) {
        return switch (workload) {
            case HOT, TENANTS, CHECK -> tenants(persistence, name, size.accounts(workload), step);
            case SPREAD -> members(persistence, name, size.accounts(workload), step);
            case AGED -> aged(persistence, name, size.of(AGED_GRANTS), size.of(AGED_ENTRIES), step);
            case PERMISSION, USAGE -> throw new IllegalArgumentException(workload + " has a world of its own");
        };
    }

    static int steps(Workload workload, BenchSize size) {
        return workload == Workload.AGED
                ? Workload.AGED.accounts() + size.of(AGED_GRANTS) + size.of(AGED_ENTRIES) / BATCH
                : size.accounts(workload);
    }

    /** Has somebody pay a call. */
    void consume(RandomGenerator random) {
        consume(payers.get(random.nextInt(payers.size())), random);
    }

    /** Has the account that was made as the first or second, and so on, pay a call. */
    void consume(int payer, RandomGenerator random) {
        consume(payers.get(payer), random);
    }

    /** Asks whether somebody could pay a call. */
    void check(RandomGenerator random) {
        var payer = payers.get(random.nextInt(payers.size()));
        requireAllowed(allotment.gate().check(payer.tenant(), payer.charge()));
    }

    /** As a client does: repeats the call with its key, where the database stands still for once. The time counts. */
    private void consume(Payer payer, RandomGenerator random) {
        var key = key(random);
        requireAllowed(PATIENT.get(() ->
                allotment.gate().consume(payer.tenant(), key, payer.charge()).decision()));
    }

    /** As clients make them, all over the index, and yet never the same again. */
    private IdempotencyKey key(RandomGenerator random) {
        return new IdempotencyKey(new UUID(random.nextLong(), calls.incrementAndGet()).toString());
    }

    /** A denial writes less: it must not be measured. */
    private static void requireAllowed(Decision decision) {
        decision.denial().ifPresent(denial -> {
            throw new CommandFailed("A call was denied that should have been allowed: " + denial.message());
        });
    }

    /** What another run made is taken as it is. */
    private void makeCatalog() {
        var unlimited = PlanVersionTerms.empty().including(Credits.of(AMPLE)).with(FEATURE, Quota.perCycle(AMPLE));
        unlessThere(() -> allotment.catalog().create(Feature.consumed(FEATURE, "Calls of a measurement", "call")));
        unlessThere(() -> allotment
                .catalog()
                .create(Operation.of(OPERATION, "bench", Credits.of(1)).drawing(FEATURE)));
        unlessThere(() -> allotment.catalog().create(Plan.of(PLAN, "Measurement"), unlimited));
    }

    private static void unlessThere(Runnable make) {
        try {
            make.run();
        } catch (AlreadyExists madeBefore) {
            // It is what we would have made.
        }
    }

    /** Each pays by its own account. */
    private static BenchWorld tenants(Persistence persistence, String name, int count, Runnable step) {
        var world = new BenchWorld(persistence, name);
        var made = new Payer[count];
        Callers.each(MAKERS, count, i -> {
            var tenant = world.tenant(i);
            made[i] = world.subscribed(tenant, BillingAccount.idOf(tenant));
            step.run();
        });
        world.payers.addAll(List.of(made));
        return world;
    }

    /** Members of one tenant, each with an account. */
    static BenchWorld members(Persistence persistence, String name, int count, Runnable step) {
        var world = new BenchWorld(persistence, name);
        var tenant = world.tenant(0);
        var made = new Payer[count];
        Callers.each(MAKERS, (count + GROUP - 1) / GROUP, group -> {
            int first = group * GROUP;
            int end = Math.min(count, first + GROUP);
            var users = world.units.forPlatform(
                    () -> IntStream.range(first, end).mapToObj(world::user).toList());
            world.units.forTenant(tenant, () -> {
                for (int i = first; i < end; i++) {
                    made[i] = world.subscribed(tenant, world.memberAccount(tenant, users.get(i - first)));
                }
            });
            users.forEach(user -> step.run());
        });
        world.payers.addAll(List.of(made));
        return world;
    }

    /** Two tenants, of which the first has spent so many grants by so many entries. */
    static BenchWorld aged(Persistence persistence, String name, int grants, int entries, Runnable step) {
        var world = tenants(persistence, name, Workload.AGED.accounts(), step);
        world.age(world.payers.get(0), grants, entries, step);
        return world;
    }

    private TenantId tenant(int number) {
        var slug = name + "-" + number;
        return allotment.tenants().create(TenantProfile.of(slug, slug)).id();
    }

    private UserId user(int number) {
        var email = new Email(number + "@" + name + ".example");
        return allotment.users().create(email, "Caller " + number).id();
    }

    private AccountId memberAccount(TenantId tenant, UserId user) {
        allotment.members().add(tenant, user, "Caller", SystemRole.MEMBER.key());
        return allotment.subscriptions().openMemberAccount(tenant, user).id();
    }

    private Payer subscribed(TenantId tenant, AccountId account) {
        allotment.subscriptions().subscribe(tenant, account, SubscriptionService.Choice.of(PLAN));
        return new Payer(tenant, account);
    }

    /** Through the gate, so that all of it is true. */
    private void age(Payer payer, int grants, int entries, Runnable step) {
        var terms =
                GrantTerms.of(Credits.of(entries / grants), GrantSource.GIFT).withPriority(0);
        Callers.each(MAKERS, grants, i -> {
            allotment
                    .credits()
                    .grant(payer.tenant(), payer.account(), new IdempotencyKey("grant-" + i), Actor.system(), terms);
            step.run();
        });
        // Two, so that one batch is made up while the other is written.
        Callers.each(2, entries / BATCH, batch -> {
            var charges = IntStream.range(0, BATCH)
                    .mapToObj(i -> new Consumption(
                            payer.tenant(), new IdempotencyKey("entry-" + batch + "-" + i), payer.charge()))
                    .toList();
            allotment.gate().consumeAll(charges).forEach(outcome -> {
                if (outcome instanceof Outcome.Refused refused) {
                    throw refused.refusal();
                }
                requireAllowed(((Outcome.Answer) outcome).decision());
            });
            step.run();
        });
    }
}
