package io.allotment.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** What is always true of what is kept, whatever the gate was asked for. */
final class Audit {

    private final Books books;
    private final SomeDefinitions definitions;
    private final Map<GateState.AccountRef, GateState.AccountState> begun;

    Audit(Books books, SomeDefinitions definitions) {
        this.books = books;
        this.definitions = definitions;
        this.begun = Map.copyOf(books.accounts);
    }

    /** After the changes were written, at a time. */
    void assertThatAllAddsUp(GateChanges changes, Instant now, String place) {
        books.accounts.values().forEach(account -> {
            assertThatCreditsAddUp(account, now, place);
            account.counters().values().forEach(counter -> assertThatCounterAddsUp(account, counter, place));
        });
        for (var change : changes.accounts()) {
            assertThat(open(change.ref()))
                    .as("what it holds past its lease; " + place)
                    .allMatch(reservation -> reservation.holdsAt(now));
        }
        books.limits.values().forEach(limit -> assertThatLimitAddsUp(limit, place));
        assertThatEventsTellTheDecisions(place);
    }

    private void assertThatCreditsAddUp(GateState.AccountState account, Instant now, String place) {
        var credits = account.credits();
        var of = "%s; %s".formatted(credits.id(), place);
        var balance = Credits.ZERO;
        long sequence = 0;
        for (var entry : books.entries) {
            if (!entry.tenantId().equals(credits.tenantId())
                    || !entry.accountId().equals(credits.id())) {
                continue;
            }
            balance = balance.plus(entry.amount());
            assertThat(entry.sequence()).as(of).isEqualTo(++sequence);
            assertThat(entry.balanceAfter()).as(of).isEqualTo(balance);
            assertThat(entry.amount())
                    .as(of)
                    .isEqualTo(sum(entry.draws(), CreditEntry.Draw::amount).minus(entry.overdraftChange()));
        }
        assertThat(credits.lastSequence()).as(of).isEqualTo(sequence);
        assertThat(credits.balance()).as(of).isEqualTo(balance);
        var grants = books.grants.values().stream()
                .filter(grant -> grant.tenantId().equals(credits.tenantId())
                        && grant.accountId().equals(credits.id()))
                .toList();
        assertThat(sum(grants, CreditGrant::remaining).minus(credits.overdraft()))
                .as(of)
                .isEqualTo(balance);
        assertThat(credits.grants())
                .as(of)
                .containsExactlyInAnyOrderElementsOf(grants.stream()
                        .filter(grant -> grant.remaining().isPositive())
                        .toList());
        assertThat(credits.overdraft().isNegative()).as(of).isFalse();
        assertThat(credits.overdraft().plus(credits.overdraftHeld()))
                .as(of)
                .isLessThanOrEqualTo(credits.overdraftLimit());
        assertThat(credits.available(now).isNegative()).as(of).isFalse();

        var open = open(account.ref());
        assertThat(credits.held()).as(of).isEqualTo(sum(open, Reservation::credits));
        assertThat(credits.overdraftHeld())
                .as(of)
                .isEqualTo(sum(open, reservation -> reservation.hold().overdraft()));
        for (var grant : grants) {
            var pins = open.stream()
                    .flatMap(reservation -> reservation.hold().pins().stream())
                    .filter(pin -> pin.grant().equals(grant.id()))
                    .toList();
            assertThat(grant.held()).as(of).isEqualTo(sum(pins, CreditHold.Pin::amount));
            assertThat(grant.held()).as(of).isBetween(Credits.ZERO, grant.remaining());
            assertThat(grant.remaining())
                    .as(of)
                    .isLessThanOrEqualTo(grant.terms().amount());
        }
    }

    private void assertThatCounterAddsUp(GateState.AccountState account, QuotaCounter counter, String place) {
        var feature = counter.feature();
        var of = "%s of %s; %s".formatted(feature, account.credits().id(), place);
        var held = open(account.ref()).stream()
                .flatMap(reservation -> reservation.lines().stream())
                .filter(line -> line.quota()
                        .filter(hold ->
                                hold.feature().equals(feature) && hold.period().equals(counter.period()))
                        .isPresent())
                .map(line -> line.quantity().value());
        assertThat(counter.held().value()).as(of).isEqualByComparingTo(sum(held));

        var before = begun.get(account.ref()).counters().get(feature);
        boolean sameAsBefore = before != null && before.period().equals(counter.period());
        var usedBefore = sameAsBefore ? before.used().value() : BigDecimal.ZERO;
        var corrected = books.quotaChanges.stream()
                .filter(change -> change.operation() == QuotaChange.Operation.DECREMENT
                        && change.tenantId().equals(counter.tenantId())
                        && change.accountId().equals(counter.accountId())
                        && change.feature().equals(feature)
                        && change.period().equals(counter.period()))
                .map(change -> change.amount().value())
                .toList();
        var uses = uses(counter).toList();
        assertThat(counter.used().value())
                .as(of)
                .isEqualByComparingTo(usedBefore
                        .add(sum(uses.stream().map(use -> use.line().quantity().value())))
                        .subtract(sum(corrected.stream())));
        if (isAllocated(feature)) {
            var allocated = books.allocations.values().stream()
                    .filter(allocation -> allocation.tenantId().equals(counter.tenantId())
                            && allocation.accountId().equals(counter.accountId())
                            && allocation.feature().equals(feature))
                    .map(allocation -> allocation.quantity().value());
            assertThat(counter.used().value()).as(of).isEqualByComparingTo(sum(allocated));
        }
        var quota = quota(account, feature);
        if (corrected.isEmpty()) {
            var above = sum(uses.stream().map(use -> use.quota().above().value()));
            var aboveLimit = above(quota, counter.used()).value();
            assertThat(above)
                    .as(of)
                    .isEqualByComparingTo(aboveLimit.subtract(
                            above(quota, new Quantity(usedBefore)).value()));
            var overageBefore = sameAsBefore ? before.overage().value() : BigDecimal.ZERO;
            assertThat(counter.overage().value())
                    .as(of)
                    .isEqualByComparingTo(
                            quota.overage() == Quota.Overage.BILL ? overageBefore.add(above) : overageBefore);
        }
    }

    private void assertThatLimitAddsUp(SpendLimit limit, String place) {
        var refunded = refunded();
        var spent = books.events.stream()
                .filter(event -> event.tenantId().equals(limit.tenantId())
                        && SpendLimit.Spender.of(event.actor()).contains(limit.spender())
                        && limit.period().contains(event.at())
                        && !refunded.contains(event.id()))
                .toList();
        assertThat(limit.spent()).as("%s; %s", limit.ref(), place).isEqualTo(sum(spent, UsageEvent::credits));
    }

    /** One event for each allowed consume and each settle, and none besides; what it costs is what was drawn. */
    private void assertThatEventsTellTheDecisions(String place) {
        assertThat(books.events.stream().map(UsageEvent::id))
                .as(place)
                .containsExactlyElementsOf(books.recorded.values().stream()
                        .map(GateState.Recorded::decision)
                        .filter(Decision::hasEvent)
                        .map(Decision::id)
                        .toList());
        for (var event : books.events) {
            var drawn = books.entryOf(event).map(CreditEntry::amount).orElse(Credits.ZERO);
            assertThat(event.credits().minus(event.uncoveredCredits()))
                    .as(place)
                    .isEqualTo(drawn.negated());
            assertThat(event.credits()).as(place).isEqualTo(sum(event.lines(), UsageEvent.Line::credits));
        }
        var consumed = books.entries.stream()
                .filter(entry -> entry.type() == CreditEntry.Type.CONSUMED)
                .toList();
        assertThat(sum(consumed, CreditEntry::amount).negated())
                .as(place)
                .isEqualTo(
                        sum(books.events, UsageEvent::credits).minus(sum(books.events, UsageEvent::uncoveredCredits)));
        for (var entry : books.entries) {
            if (entry.type() == CreditEntry.Type.REFUNDED) {
                assertThat(entry.amount().isPositive()).as(place).isTrue();
            }
        }
    }

    private boolean isAllocated(FeatureKey feature) {
        return definitions
                .feature(feature)
                .filter(known -> known.kind() == Feature.Kind.ALLOCATED)
                .isPresent();
    }

    private HashSet<DecisionId> refunded() {
        var refunded = new HashSet<DecisionId>();
        books.recorded.values().forEach(record -> record.decision().refunded().ifPresent(refunded::add));
        return refunded;
    }

    private List<Reservation> open(GateState.AccountRef account) {
        return books.reservations.values().stream()
                .filter(reservation -> reservation.status() == Reservation.Status.HELD
                        && reservation.tenantId().equals(account.tenantId())
                        && reservation.accountId().equals(account.accountId()))
                .toList();
    }

    private record LineUse(UsageEvent.Line line, QuotaUse quota) {}

    private Stream<LineUse> uses(QuotaCounter counter) {
        return books.events.stream()
                .filter(event -> event.tenantId().equals(counter.tenantId())
                        && event.accountId().equals(counter.accountId()))
                .flatMap(event -> event.lines().stream())
                .flatMap(line -> line.quota().map(quota -> new LineUse(line, quota)).stream())
                .filter(use -> use.quota().feature().equals(counter.feature())
                        && use.quota().period().equals(counter.period()));
    }

    private Quota quota(GateState.AccountState account, FeatureKey feature) {
        return account.subscription()
                .flatMap(subscription -> definitions.planVersion(subscription.planVersionId()))
                .flatMap(version -> version.terms().entitlement(feature))
                .map(entitlement -> ((Entitlement.Metered) entitlement).quota())
                .orElseGet(() -> SomeQuota.of(Quota.Overage.ALLOW, "unlimited"));
    }

    private static Quantity above(Quota quota, Quantity used) {
        return quota.limit().map(used::minusOrZero).orElse(Quantity.ZERO);
    }

    private static <T> Credits sum(List<T> all, Function<T, Credits> amount) {
        return all.stream().map(amount).reduce(Credits.ZERO, Credits::plus);
    }

    private static BigDecimal sum(Stream<BigDecimal> amounts) {
        return amounts.reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
