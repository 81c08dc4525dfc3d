package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.allotment.Allotment;
import io.allotment.application.quota.QuotaService;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.GrantNotLive;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.InsufficientCredits;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A history of random operations on a few accounts, told by its random source alone. Beside the real thing runs a model,
 * small enough to be right by looking at it; after each step both must agree.
 */
final class RandomHistory {

    private static final BigDecimal DAILY_LIMIT = new BigDecimal("40.5");

    private final Allotment allotment;
    private final TestClock clock;
    private final Random random;
    private final FeatureKey feature;
    private final List<ModelOperation> operations;
    private final List<ModelAccount> accounts = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private int keys;

    /** @param metered whether it draws the feature's quota */
    private record ModelOperation(OperationKey key, BigDecimal rate, boolean metered) {}

    private record ModelLine(ModelOperation operation, BigDecimal quantity) {
        BigDecimal credits() {
            return operation.rate().multiply(quantity).setScale(9, RoundingMode.HALF_UP);
        }
    }

    private record Sent(TenantId tenant, IdempotencyKey key, Charge charge, Outcome.Answer answer) {}

    private static final class ModelGrant {
        final GrantId id;
        final int priority;
        final Instant from;
        final Instant end;
        final int number;
        BigDecimal remaining;

        ModelGrant(GrantId id, GrantTerms terms, Instant now, int number) {
            this.id = id;
            this.priority = terms.priority();
            this.from = terms.effectiveFrom().orElse(now);
            this.end = terms.expiresAt().orElse(Instant.MAX);
            this.number = number;
            this.remaining = terms.amount().value();
        }

        boolean counts(Instant now) {
            return now.isBefore(end);
        }

        boolean available(Instant now) {
            return counts(now) && !now.isBefore(from);
        }
    }

    /** An account as simple as can be. */
    private static final class ModelAccount {
        final TenantId tenant;
        final AccountId id;
        final List<ModelGrant> grants = new ArrayList<>();
        final Map<LocalDate, BigDecimal> used = new HashMap<>();

        ModelAccount(TenantId tenant, AccountId id) {
            this.tenant = tenant;
            this.id = id;
        }

        BigDecimal balance(Instant now) {
            return grants.stream()
                    .filter(grant -> grant.counts(now))
                    .map(grant -> grant.remaining)
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
        }

        BigDecimal available(Instant now) {
            return grants.stream()
                    .filter(grant -> grant.available(now))
                    .map(grant -> grant.remaining)
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
        }

        void draw(BigDecimal amount, Instant now) {
            var order = Comparator.comparingInt((ModelGrant grant) -> grant.priority)
                    .thenComparing(grant -> grant.end)
                    .thenComparingInt(grant -> grant.number);
            var left = amount;
            for (var grant :
                    grants.stream().filter(g -> g.available(now)).sorted(order).toList()) {
                var taken = left.min(grant.remaining);
                grant.remaining = grant.remaining.subtract(taken);
                left = left.subtract(taken);
            }
        }

        BigDecimal used(Instant now) {
            return used.getOrDefault(day(now), BigDecimal.ZERO);
        }

        void use(BigDecimal more, Instant now) {
            used.put(day(now), used(now).add(more).max(BigDecimal.ZERO));
        }

        private static LocalDate day(Instant now) {
            return LocalDate.ofInstant(now, ZoneOffset.UTC);
        }
    }

    RandomHistory(Allotment allotment, TestClock clock, Fixtures given, Random random) {
        this.allotment = allotment;
        this.clock = clock;
        this.random = random;
        feature = given.feature();
        operations = List.of(
                new ModelOperation(given.operation("1"), BigDecimal.ONE, false),
                new ModelOperation(given.operation("0.333333333"), new BigDecimal("0.333333333"), false),
                new ModelOperation(given.operation("0.5", feature), new BigDecimal("0.5"), true),
                new ModelOperation(given.operation("0", feature), BigDecimal.ZERO, true));
        var terms = PlanVersionTerms.empty()
                .with(new Entitlement.Metered(
                        feature,
                        new Quota(
                                Optional.of(new Quantity(DAILY_LIMIT)),
                                Quota.Reset.CALENDAR_DAY,
                                Optional.empty(),
                                Quota.Overage.BLOCK,
                                0)));
        for (int i = 0; i < 2; i++) {
            var tenant = given.tenantOn(terms);
            accounts.add(new ModelAccount(tenant.id(), Fixtures.accountOf(tenant)));
            var member = given.member(tenant);
            var own = allotment
                    .subscriptions()
                    .openMemberAccount(tenant.id(), member)
                    .id();
            given.subscribe(tenant, own, terms);
            accounts.add(new ModelAccount(tenant.id(), own));
        }
    }

    List<TenantId> tenants() {
        return accounts.stream().map(account -> account.tenant).distinct().toList();
    }

    /** What happened so far, a line each. */
    List<String> told() {
        return told;
    }

    /** One operation more, and a look at all accounts. */
    void next() {
        var account = accounts.get(random.nextInt(accounts.size()));
        int choice = random.nextInt(100);
        if (choice < 15) {
            grant(account);
        } else if (choice < 23) {
            adjust(account);
        } else if (choice < 29) {
            voidGrant(account);
        } else if (choice < 72) {
            consume(account);
        } else if (choice < 78) {
            sendAgain();
        } else if (choice < 88) {
            correct(account);
        } else {
            tell("clock to " + clock.advance(Duration.ofMinutes(random.nextInt(20 * 60))));
        }
        accounts.forEach(this::compare);
    }

    private void grant(ModelAccount account) {
        var now = clock.instant();
        var from = random.nextInt(4) > 0 ? Optional.<Instant>empty() : Optional.of(now.plus(hours(24)));
        var end = random.nextBoolean()
                ? Optional.<Instant>empty()
                : Optional.of(from.orElse(now).plusSeconds(1).plus(hours(48)));
        var terms = new GrantTerms(
                new Credits(amount(60)),
                GrantSource.PURCHASE,
                Optional.empty(),
                50 * random.nextInt(4),
                from,
                end,
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());
        tell(account, "grant " + terms);
        var grant = allotment.credits().grant(account.tenant, account.id, key(), Actor.system(), terms);
        account.grants.add(new ModelGrant(grant.id(), terms, now, account.grants.size()));
    }

    private void adjust(ModelAccount account) {
        var now = clock.instant();
        var amount = new Credits(random.nextBoolean() ? amount(20) : amount(40).negate());
        tell(account, "adjust by " + amount);
        var key = key();
        if (amount.isPositive()) {
            var entry = allotment
                    .credits()
                    .adjust(account.tenant, account.id, key, Actor.system(), amount, Optional.empty());
            var terms = GrantTerms.of(amount, GrantSource.ADJUSTMENT);
            account.grants.add(new ModelGrant(entry.draws().get(0).grant(), terms, now, account.grants.size()));
            return;
        }
        var refused = catchThrowable(() ->
                allotment.credits().adjust(account.tenant, account.id, key, Actor.system(), amount, Optional.empty()));
        if (amount.negated().value().compareTo(account.available(now)) > 0) {
            assertThat(refused).isInstanceOf(InsufficientCredits.class);
        } else {
            assertThat(refused).isNull();
            account.draw(amount.negated().value(), now);
        }
    }

    private void voidGrant(ModelAccount account) {
        if (account.grants.isEmpty()) {
            return;
        }
        var now = clock.instant();
        var grant = account.grants.get(random.nextInt(account.grants.size()));
        tell(account, "void " + grant.id);
        var refused = catchThrowable(() -> allotment
                .credits()
                .voidGrant(account.tenant, account.id, grant.id, key(), Actor.system(), Optional.empty()));
        if (grant.counts(now) && grant.remaining.signum() > 0) {
            assertThat(refused).isNull();
            grant.remaining = BigDecimal.ZERO;
        } else {
            assertThat(refused).isInstanceOf(GrantNotLive.class);
        }
    }

    private void consume(ModelAccount account) {
        var now = clock.instant();
        var lines = new ArrayList<ModelLine>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            lines.add(new ModelLine(operations.get(random.nextInt(operations.size())), amount(12)));
        }
        var charge = Charge.of(
                        lines.get(0).operation().key(),
                        new Quantity(lines.get(0).quantity()))
                .on(account.id);
        for (var line : lines.subList(1, lines.size())) {
            charge = charge.and(line.operation().key(), new Quantity(line.quantity()));
        }
        tell(account, "consume " + lines);
        var key = key();

        var answer = allotment.gate().consume(account.tenant, key, charge);

        sent.add(new Sent(account.tenant, key, charge, answer));
        var used = sum(lines.stream()
                .filter(line -> line.operation().metered())
                .map(ModelLine::quantity)
                .toList());
        var due = sum(lines.stream().map(ModelLine::credits).toList());
        boolean withinQuota = used.signum() == 0 || account.used(now).add(used).compareTo(DAILY_LIMIT) <= 0;
        var expected = !withinQuota
                ? Optional.of(Denial.Reason.QUOTA_EXCEEDED)
                : due.compareTo(account.available(now)) > 0
                        ? Optional.of(Denial.Reason.INSUFFICIENT_CREDITS)
                        : Optional.<Denial.Reason>empty();
        assertThat(answer.decision().denial().map(Denial::reason)).isEqualTo(expected);
        if (expected.isEmpty()) {
            account.draw(due, now);
            account.use(used, now);
            assertThat(answer.decision().credits()).isEqualTo(new Credits(due));
        }
    }

    private void sendAgain() {
        if (sent.isEmpty()) {
            return;
        }
        var earlier = sent.get(random.nextInt(sent.size()));
        tell("again " + earlier.key());
        var answer = allotment.gate().consume(earlier.tenant(), earlier.key(), earlier.charge());
        assertThat(answer.replayed()).isTrue();
        assertThat(answer.decision()).isEqualTo(earlier.answer().decision());
    }

    private void correct(ModelAccount account) {
        var now = clock.instant();
        var operation = QuotaChange.Operation.values()[random.nextInt(3)];
        var amount = amount(15);
        tell(account, operation + " the used count by " + amount);
        allotment
                .quotas()
                .correct(
                        account.tenant,
                        account.id,
                        feature,
                        key(),
                        new QuotaService.Correction(
                                operation,
                                Optional.of(new Quantity(amount)).filter(q -> operation != QuotaChange.Operation.RESET),
                                "random",
                                Optional.empty(),
                                Actor.system()));
        account.use(
                switch (operation) {
                    case INCREMENT -> amount;
                    case DECREMENT -> amount.negate();
                    case RESET -> account.used(now).negate();
                },
                now);
    }

    private void compare(ModelAccount account) {
        var now = clock.instant();
        var balance = allotment.credits().balance(account.tenant, account.id);
        assertThat(balance.balance().value()).as("balance").isEqualByComparingTo(account.balance(now));
        assertThat(balance.available().value()).as("available").isEqualByComparingTo(account.available(now));
        var quotas = allotment.quotas().list(account.tenant, account.id);
        assertThat(quotas)
                .singleElement()
                .satisfies(
                        quota -> assertThat(quota.used().value()).as("used").isEqualByComparingTo(account.used(now)));
    }

    /** More than zero, up to nine decimals. */
    private BigDecimal amount(int below) {
        var whole = BigDecimal.valueOf(1 + random.nextInt(below - 1));
        return switch (random.nextInt(3)) {
            case 0 -> whole;
            case 1 -> whole.subtract(new BigDecimal("0.5"));
            default -> whole.subtract(BigDecimal.valueOf(random.nextInt(999_999_999), 9));
        };
    }

    private Duration hours(int below) {
        return Duration.ofHours(random.nextInt(below));
    }

    private IdempotencyKey key() {
        return new IdempotencyKey("random-" + ++keys);
    }

    private void tell(ModelAccount account, String what) {
        tell("account " + accounts.indexOf(account) + ": " + what);
    }

    private void tell(String what) {
        told.add(told.size() + 1 + ". " + what);
    }

    private static BigDecimal sum(List<BigDecimal> amounts) {
        return amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
