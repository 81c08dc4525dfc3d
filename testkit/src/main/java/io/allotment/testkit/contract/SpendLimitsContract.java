package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Spend limits as they are kept: who, in which window, how much, and what is spent of it. */
public abstract class SpendLimitsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);
    private static final Period MONTH =
            Period.between(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));
    private static final Period DAY =
            Period.between(Instant.parse("2026-03-10T00:00:00Z"), Instant.parse("2026-03-11T00:00:00Z"));

    private Tenant owner;
    private TenantId tenant;

    @BeforeEach
    void a_tenant() {
        owner = given.tenantWith(100);
        tenant = owner.id();
    }

    @Test
    void a_limit_comes_back_as_it_was_saved() {
        var month =
                saved(limit(member(), SpendLimit.Window.CALENDAR_MONTH, "999999999999999999.999999999", "0.000000001"));
        var day = saved(limit(key(), SpendLimit.Window.CALENDAR_DAY, "0", "0"));

        assertThat(locked(month.ref())).contains(month);
        assertThat(locked(day.ref())).contains(day);
        assertThat(locked(limit(member(), SpendLimit.Window.CALENDAR_DAY, "1", "0")
                        .ref()))
                .isEmpty();
    }

    @Test
    void a_limit_that_is_saved_again_is_changed() {
        var spender = member();
        saved(limit(spender, SpendLimit.Window.CALENDAR_MONTH, "10", "3"));
        var other = saved(limit(spender, SpendLimit.Window.CALENDAR_DAY, "5", "3"));

        var changed = saved(new SpendLimit(
                tenant,
                spender,
                SpendLimit.Window.CALENDAR_MONTH,
                Credits.of(20),
                Period.between(MONTH.end().orElseThrow(), Instant.parse("2026-05-01T00:00:00Z")),
                Credits.of(1)));

        assertThat(locked(changed.ref())).contains(changed);
        assertThat(locked(other.ref())).contains(other);
    }

    @Test
    void a_member_and_a_key_of_the_same_id_are_two_spenders() {
        var id = ids.next();
        var member = saved(limit(
                new SpendLimit.Spender(SpendLimit.Spender.Kind.MEMBER, id),
                SpendLimit.Window.CALENDAR_MONTH,
                "1",
                "0"));
        var key = saved(limit(
                new SpendLimit.Spender(SpendLimit.Spender.Kind.API_KEY, id),
                SpendLimit.Window.CALENDAR_MONTH,
                "2",
                "0"));

        assertThat(locked(member.ref())).contains(member);
        assertThat(locked(key.ref())).contains(key);
    }

    @Test
    void limits_are_listed_by_kind_id_and_window() {
        var limits = new ArrayList<SpendLimit>();
        for (int i = 0; i < 2; i++) {
            for (var spender : List.of(member(), key())) {
                for (var window : SpendLimit.Window.values()) {
                    limits.add(limit(spender, window, "10", "1"));
                }
            }
        }
        limits.forEach(this::saved);
        var order = Comparator.comparing(
                        (SpendLimit limit) -> limit.spender().kind().name())
                .thenComparing(limit -> limit.spender().id().toString())
                .thenComparing(limit -> limit.window().name());

        assertListing(
                limits.stream().sorted(order).toList(),
                page -> inTenant(tenant, () -> persistence.spendLimits().list(tenant, page)));
    }

    @Test
    void a_removed_limit_is_gone() {
        var limit = saved(limit(member(), SpendLimit.Window.CALENDAR_MONTH, "10", "0"));
        var other = saved(limit(member(), SpendLimit.Window.CALENDAR_MONTH, "10", "0"));

        assertThat(inTenant(tenant, () -> persistence.spendLimits().remove(limit.ref())))
                .isTrue();
        assertThat(inTenant(tenant, () -> persistence.spendLimits().remove(limit.ref())))
                .isFalse();

        assertThat(list()).containsExactly(other);
    }

    @Test
    void what_a_spender_drew_in_a_period_is_summed() {
        var credit = given.operation("1");
        var user = given.member(owner);
        var key = new ApiKeyId(ids.next());
        clock.set(DAY.start().minusNanos(1_000));
        consume(Charge.of(credit, Quantity.of(50)).by(Actor.user(user)));
        clock.set(DAY.start());
        consume(Charge.of(credit, Quantity.of("1.000000001")).by(Actor.user(user)));
        consume(Charge.of(credit, Quantity.of(2)).by(Actor.apiKey(key, user)));
        consume(Charge.of(credit, Quantity.of(4)).by(Actor.apiKey(key)));
        consume(Charge.of(credit, Quantity.of(8)));
        var wrong = consume(Charge.of(credit, Quantity.of(16)).by(Actor.user(user)));
        allotment.gate().refund(tenant, Fixtures.key(), wrong, Actor.system(), "by mistake");
        clock.set(DAY.end().orElseThrow());
        consume(Charge.of(credit, Quantity.of(32)).by(Actor.user(user)));

        assertThat(spent(SpendLimit.Spender.of(user), DAY)).isEqualTo(Credits.of("3.000000001"));
        assertThat(spent(SpendLimit.Spender.of(key), DAY)).isEqualTo(Credits.of(6));
        assertThat(spent(member(), DAY)).isEqualTo(Credits.ZERO);
    }

    @Test
    void another_tenant_neither_sees_nor_writes_limits() {
        var other = given.tenant().id();
        var limit = saved(limit(member(), SpendLimit.Window.CALENDAR_MONTH, "10", "0"));

        inTenant(other, () -> {
            assertThat(persistence.spendLimits().lock(limit.ref())).isEmpty();
            assertThat(persistence.spendLimits().remove(limit.ref())).isFalse();
            assertThat(persistence.spendLimits().list(tenant, FIRST).items()).isEmpty();
            assertThat(persistence.spendLimits().list(other, FIRST).items()).isEmpty();
            assertThat(persistence.spendLimits().spentIn(tenant, limit.spender(), MONTH))
                    .isEqualTo(Credits.ZERO);
        });
        assertImpossible(() ->
                inTenant(other, () -> persistence.spendLimits().save(limit.plus(Credits.of(1), clock.instant()))));
        assertThat(list()).containsExactly(limit);
    }

    @Test
    void a_tenant_that_does_not_exist_has_no_limits() {
        var nowhere = new TenantId(ids.next());
        var limit =
                new SpendLimit(nowhere, member(), SpendLimit.Window.CALENDAR_MONTH, Credits.of(1), MONTH, Credits.ZERO);

        assertImpossible(() -> inTenant(nowhere, () -> persistence.spendLimits().save(limit)));
    }

    @Test
    void a_failed_unit_leaves_limits_as_they_were() {
        var kept = saved(limit(member(), SpendLimit.Window.CALENDAR_MONTH, "10", "0"));
        var removed = saved(limit(key(), SpendLimit.Window.CALENDAR_MONTH, "10", "0"));
        var before = list();

        inTenantThenUndone(tenant, () -> {
            persistence.spendLimits().save(kept.plus(Credits.of(5), clock.instant()));
            persistence.spendLimits().save(limit(member(), SpendLimit.Window.CALENDAR_DAY, "1", "0"));
            persistence.spendLimits().remove(removed.ref());
        });

        assertThat(list()).isEqualTo(before);
    }

    @Test
    void a_lock_is_held_until_its_unit_ends() {
        var limit = saved(limit(member(), SpendLimit.Window.CALENDAR_MONTH, "1000", "0"));

        var results = Together.run(8, thread -> {
            for (int i = 0; i < 5; i++) {
                inTenant(tenant, () -> {
                    var present = persistence.spendLimits().lock(limit.ref()).orElseThrow();
                    persistence.spendLimits().save(present.plus(Credits.of(1), clock.instant()));
                });
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(locked(limit.ref())).map(SpendLimit::spent).contains(Credits.of(40));
    }

    private static SpendLimit.Spender member() {
        return new SpendLimit.Spender(SpendLimit.Spender.Kind.MEMBER, UUID.randomUUID());
    }

    private static SpendLimit.Spender key() {
        return new SpendLimit.Spender(SpendLimit.Spender.Kind.API_KEY, UUID.randomUUID());
    }

    private SpendLimit limit(SpendLimit.Spender spender, SpendLimit.Window window, String limit, String spent) {
        var period = window == SpendLimit.Window.CALENDAR_DAY ? DAY : MONTH;
        return new SpendLimit(tenant, spender, window, Credits.of(limit), period, Credits.of(spent));
    }

    private SpendLimit saved(SpendLimit limit) {
        inTenant(tenant, () -> persistence.spendLimits().save(limit));
        return limit;
    }

    private Optional<SpendLimit> locked(SpendLimit.Ref limit) {
        return inTenant(tenant, () -> persistence.spendLimits().lock(limit));
    }

    private List<SpendLimit> list() {
        return inTenant(tenant, () -> persistence.spendLimits().list(tenant, FIRST))
                .items();
    }

    private Credits spent(SpendLimit.Spender spender, Period period) {
        return inTenant(tenant, () -> persistence.spendLimits().spentIn(tenant, spender, period));
    }

    private DecisionId consume(Charge charge) {
        var answer = allotment.gate().consume(tenant, Fixtures.key(), charge);
        assertThat(answer.allowed()).isTrue();
        return answer.decision().id();
    }
}
