package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.catalog.CatalogService;
import io.allotment.application.shared.Tokens;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.TenantProfile;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The tenants a trace is replayed on, and what they need. All of it is found where it was made before. */
final class ReplayWorld {

    static final String OPERATION = "replay.llm";

    private static final String PLAN = "replay";
    private static final String FEATURE = "replay.tokens";
    private static final Credits RATE = Credits.of("0.001");
    private static final int HASH_CHARACTERS = 16;

    private final Allotment allotment;
    private final Trace trace;
    private final OperationKey operation;
    private final int tenants;
    private final Work work;
    private final List<TenantId> ids = new ArrayList<>();

    /** @param work which model it was, of whom, and when, where that is told */
    ReplayWorld(Allotment allotment, Trace trace, OperationKey operation, int tenants, Work work) {
        this.allotment = allotment;
        this.trace = trace;
        this.operation = operation;
        this.tenants = tenants;
        this.work = work;
    }

    /** The model that answered the requests, and whose prices count. */
    record Work(Optional<String> provider, Optional<String> model, Optional<Instant> at) {

        static final Work UNTOLD = new Work(Optional.empty(), Optional.empty(), Optional.empty());

        /** Other work is another request. Nothing where nothing is told: such requests keep their keys. */
        String key() {
            return equals(UNTOLD)
                    ? ""
                    : ":"
                            + Tokens.hex(Tokens.sha256(provider.orElse("") + "\n" + model.orElse("") + "\n"
                                            + at.map(Instant::toString).orElse("")))
                                    .substring(0, HASH_CHARACTERS);
        }
    }

    /** Finds or makes everything; refuses an unknown operation before it makes anything. */
    void prepare() {
        boolean own = operation.value().equals(OPERATION);
        if (!own) {
            catalog().getOperation(operation);
        }
        prepareFeature();
        if (own) {
            prepareOperation();
        }
        preparePlan();
        for (int number = 1; number <= tenants; number++) {
            var tenant = tenant(number);
            subscribe(tenant, own);
            ids.add(tenant);
        }
        grantWhatIsNeeded(catalog().getOperation(operation).creditRate());
    }

    /** Decides one request; the same one again gets its first answer. */
    Outcome.Answer consume(Trace.Request request) {
        var charge = new Charge(
                List.of(new Charge.Line(operation, Quantity.of(request.tokens()))),
                Optional.empty(),
                Actor.system(),
                Optional.empty(),
                work.model(),
                TokenCounts.of(request.contextTokens(), request.generatedTokens()),
                Document.EMPTY,
                work.provider(),
                work.at());
        return allotment.gate().consume(ids.get(share(request)), key("row-" + request.row()), charge);
    }

    /** Round-robin, by the row's place in the file. */
    private int share(Trace.Request request) {
        return (request.row() - 1) % tenants;
    }

    private IdempotencyKey key(String what) {
        return new IdempotencyKey("replay:" + trace.sha256().substring(0, HASH_CHARACTERS) + ":" + what + ":"
                + operation + ":" + tenants + work.key());
    }

    private CatalogService catalog() {
        return allotment.catalog();
    }

    private void prepareFeature() {
        var key = new FeatureKey(FEATURE);
        var tokens = Feature.consumed(FEATURE, "Replayed tokens", "token");
        findOrMake(() -> catalog().getFeature(key), () -> catalog().create(tokens));
    }

    private void prepareOperation() {
        var request = Operation.of(OPERATION, "replay", RATE).drawing(FEATURE);
        findOrMake(() -> catalog().getOperation(operation), () -> catalog().create(request));
    }

    private void preparePlan() {
        var unlimited =
                new Quota(Optional.empty(), Quota.Reset.CALENDAR_MONTH, Optional.empty(), Quota.Overage.ALLOW, 0);
        findOrMake(() -> catalog().getPlan(new PlanKey(PLAN)), () -> {
            var plan = Plan.of(PLAN, "Replay");
            catalog().create(plan, PlanVersionTerms.empty().with(FEATURE, unlimited));
            return plan;
        });
    }

    private TenantId tenant(int number) {
        var slug = "replay-" + number + "-of-" + tenants;
        var profile = TenantProfile.of("Replay " + number + " of " + tenants, slug);
        return findOrMake(
                        () -> allotment.tenants().getBySlug(profile.slug()),
                        () -> allotment.tenants().create(profile))
                .id();
    }

    private void subscribe(TenantId tenant, boolean own) {
        var account = BillingAccount.idOf(tenant);
        boolean subscribed;
        try {
            var present = allotment.subscriptions().get(tenant, account).status();
            // New tenants start on the catalogue's default plan, where it has one: which is where an operation of yours
            // may
            // belong, and ours does not.
            subscribed = !present.isEnded() && (present != SubscriptionStatus.FREE || !own);
        } catch (NotFound none) {
            subscribed = false;
        }
        if (!subscribed) {
            allotment.subscriptions().subscribe(tenant, account, SubscriptionService.Choice.of(PLAN));
        }
    }

    /** Twice what the trace will draw, once for each trace, operation, number of tenants and work. */
    private void grantWhatIsNeeded(Credits rate) {
        var due = new long[tenants];
        trace.requests().forEach(request -> due[share(request)] += request.tokens());
        for (int i = 0; i < tenants; i++) {
            var needed = Credits.at(rate, Quantity.of(due[i]));
            if (needed.isPositive()) {
                var ample = new Credits(needed.plus(needed).value().setScale(0, RoundingMode.CEILING));
                grant(ids.get(i), GrantTerms.of(ample, GrantSource.GIFT).from("replay"));
            }
        }
    }

    private void grant(TenantId tenant, GrantTerms terms) {
        try {
            allotment.credits().grant(tenant, BillingAccount.idOf(tenant), key("grant"), Actor.system(), terms);
        } catch (IdempotencyKeyReused grantedAtAnotherRate) {
            // The operation's rate was changed since. What was decided is replayed all the same.
        }
    }

    /** Somebody else may make it in between. */
    private static <T> T findOrMake(Supplier<T> find, Supplier<T> make) {
        try {
            return find.get();
        } catch (NotFound missing) {
            try {
                return make.get();
            } catch (AlreadyExists meanwhile) {
                return find.get();
            }
        }
    }
}
