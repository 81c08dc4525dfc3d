package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What members and keys may spend, whichever account pays, beside quotas and credits. */
public abstract class GateLimitsContract extends GateContract {

    private UserId member;
    private Actor user;

    @BeforeEach
    void a_member() {
        member = given.member(tenant);
        user = Actor.user(member);
    }

    // ---- several scopes

    @Test
    void each_scope_refuses_in_its_turn_and_names_itself() {
        var key = new ApiKeyId(ids.next());
        var byKey = Actor.apiKey(key, member);
        given.spendLimit(tenant, member, 30);
        given.spendLimit(tenant, SpendLimit.Spender.of(key), 20);

        var quota = consume(of(minute, "51").and(credit, Quantity.of(100)).by(byKey))
                .denial()
                .orElseThrow();
        var members = consume(of(minute, "1").and(credit, Quantity.of(30)).by(byKey))
                .denial()
                .orElseThrow();
        var keys = consume(of(minute, "1").and(credit, Quantity.of(20)).by(byKey))
                .denial()
                .orElseThrow();
        var credits = consume(of(credit, "100.5")).denial().orElseThrow();
        var allowed = consume(of(minute, "1").and(credit, Quantity.of(19)).by(byKey));

        assertThat(quota.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.FEATURE, feature.value()));
        assertThat(members.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.MEMBER, member.toString()));
        assertThat(keys.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.API_KEY, key.toString()));
        assertThat(credits.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.ACCOUNT, account.toString()));
        assertThat(allowed.allowed()).isTrue();
        assertThat(allowed.actor()).isEqualTo(byKey);
        assertThat(spendLimits()).extracting(SpendLimit::spent).containsOnly(Credits.of(20));
        assertSound();
    }

    @Test
    void a_limit_tells_its_figures() {
        given.spendLimit(tenant, member, 10);
        consumed(of(credit, "4").by(user));
        reserve(of(credit, "3").by(user));

        var denial = consume(of(credit, "3.5").by(user)).denial().orElseThrow();

        assertThat(denial.reason()).isEqualTo(Denial.Reason.SPEND_LIMIT_EXCEEDED);
        assertThat(denial.needed()).contains(Credits.of("3.5").value());
        assertThat(denial.available()).contains(Credits.of(3).value());
        assertThat(denial.limit()).contains(Credits.of(10).value());
        assertThat(denial.used()).contains(Credits.of(7).value());
        assertThat(denial.resetsAt()).contains(Instant.parse("2026-04-01T00:00:00Z"));
        assertThat(consume(of(credit, "3").by(user)).allowed()).isTrue();
    }

    @Test
    void a_limit_of_zero_lets_through_what_costs_nothing() {
        given.spendLimit(tenant, member, 0);

        assertThat(consume(of(free, "5").by(user)).allowed()).isTrue();
        assertThat(consume(of(credit, "0.000000001").by(user)).allowed()).isFalse();
    }

    @Test
    void a_limit_binds_its_spender_alone() {
        given.spendLimit(tenant, member, 0);

        assertThat(consume(of(credit, "1").by(Actor.user(given.member(tenant)))).allowed())
                .isTrue();
        assertThat(consume(of(credit, "1").by(Actor.apiKey(new ApiKeyId(ids.next()))))
                        .allowed())
                .isTrue();
        assertThat(consume(of(credit, "1")).allowed()).isTrue();
    }

    @Test
    void the_day_and_the_month_are_limited_each_by_itself() {
        var spender = SpendLimit.Spender.of(member);
        allotment.spendLimits().set(tenant.id(), spender, SpendLimit.Window.CALENDAR_DAY, Credits.of(6));
        allotment.spendLimits().set(tenant.id(), spender, SpendLimit.Window.CALENDAR_MONTH, Credits.of(10));

        assertThat(consume(of(credit, "6").by(user)).allowed()).isTrue();
        assertThat(consume(of(credit, "1").by(user)).denial().orElseThrow().limit())
                .contains(Credits.of(6).value());
        clock.advance(Duration.ofDays(1));
        assertThat(consume(of(credit, "5").by(user)).denial().orElseThrow().limit())
                .contains(Credits.of(10).value());
        assertThat(consume(of(credit, "4").by(user)).allowed()).isTrue();
        assertSound();
    }

    // ---- whichever account pays

    @Test
    void a_members_limit_counts_across_the_accounts_that_pay() {
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(100));
        given.spendLimit(tenant, member, 10);

        assertThat(consumed(of(credit, "6").by(user)).accountId()).isEqualTo(own);
        assertThat(consume(of(credit, "5").by(user).on(account)).allowed()).isFalse();
        assertThat(consumed(of(credit, "4").by(user).on(account)).accountId()).isEqualTo(account);
        assertThat(consume(of(credit, "1").by(user)).allowed()).isFalse();
        assertThat(spendLimits()).extracting(SpendLimit::spent).containsExactly(Credits.of(10));
    }

    @Test
    void in_one_batch_a_limit_counts_across_accounts_too() {
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(100));
        given.spendLimit(tenant, member, 10);

        var outcomes = allotment
                .gate()
                .consumeAll(List.of(
                        new Consumption(
                                tenant.id(), Fixtures.key(), of(credit, "6").by(user)),
                        new Consumption(
                                tenant.id(),
                                Fixtures.key(),
                                of(credit, "5").by(user).on(account)),
                        new Consumption(
                                tenant.id(),
                                Fixtures.key(),
                                of(credit, "4").by(user).on(account)),
                        new Consumption(
                                tenant.id(), Fixtures.key(), of(credit, "1").by(user))));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly("allowed", "SPEND_LIMIT_EXCEEDED", "allowed", "SPEND_LIMIT_EXCEEDED");
    }

    @Test
    void a_users_limit_in_one_tenant_says_nothing_in_another() {
        var other = given.tenantWith(100);
        allotment.members().add(other.id(), member, "there too", SystemRole.MEMBER.key());
        given.spendLimit(tenant, member, 0);

        assertThat(allotment
                        .gate()
                        .consume(other.id(), Fixtures.key(), of(credit, "1").by(user))
                        .allowed())
                .isTrue();
    }

    @Test
    void many_threads_on_different_accounts_never_pass_a_limit() {
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(100));
        given.spendLimit(tenant, member, 10);

        var results = Together.run(12, thread -> {
            var charge = of(credit, "3").by(user).on(thread % 2 == 0 ? account : own);
            return thread % 3 == 0
                    ? allotment.gate().reserve(tenant.id(), Fixtures.key(), charge, LEASE)
                    : allotment.gate().consume(tenant.id(), Fixtures.key(), charge);
        });

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(3);
        assertSound();
    }

    // ---- holds

    @Test
    void what_is_held_counts_until_it_is_settled_released_or_lapsed() {
        given.spendLimit(tenant, member, 10);
        var settled = reserved(of(credit, "4").by(user));
        var released = reserved(of(credit, "3").by(user));
        reserved(of(credit, "3").by(user));
        assertThat(consume(of(credit, "1").by(user)).allowed()).isFalse();

        settle(settled, credit, "1");
        release(released);

        assertThat(consume(of(credit, "6.5").by(user)).allowed()).isFalse();
        assertThat(consume(of(credit, "6").by(user)).allowed()).isTrue();
        clock.advance(LEASE);
        assertThat(consume(of(credit, "3").by(user)).allowed()).isTrue();
        assertThat(spendLimits()).extracting(SpendLimit::spent).containsExactly(Credits.of(10));
    }

    @Test
    void a_settle_counts_in_full_even_past_the_limit() {
        given.spendLimit(tenant, member, 10);
        var id = reserved(of(credit, "10").by(user));

        settle(id, credit, "15");

        assertThat(spendLimits()).extracting(SpendLimit::spent).containsExactly(Credits.of(15));
        assertThat(consume(of(credit, "1").by(user)).denial().orElseThrow().available())
                .contains(Credits.ZERO.value());
    }

    @Test
    void a_refund_is_spent_no_more_in_the_month_of_its_charge_alone() {
        given.spendLimit(tenant, member, 10);
        var old = consumed(of(credit, "10").by(user));
        clock.set(Instant.parse("2026-04-01T00:00:00Z"));
        var recent = consumed(of(credit, "7").by(user));

        refund(old);
        assertThat(spendLimits()).extracting(SpendLimit::spent).containsExactly(Credits.of(7));
        refund(recent);
        assertThat(spendLimits()).extracting(SpendLimit::spent).containsExactly(Credits.ZERO);
    }

    // ---- setting limits

    @Test
    void a_limit_set_in_mid_month_counts_what_was_spent_before() {
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(100));
        clock.set(Instant.parse("2026-02-28T23:59:59.999999Z"));
        consumed(of(credit, "50").by(user));
        clock.set(Instant.parse("2026-03-01T00:00:00Z"));
        consumed(of(credit, "2").by(user));
        consumed(of(credit, "3").by(user).on(account));
        consumed(of(credit, "20"));
        refund(consumed(of(credit, "9").by(user)));
        settle(reserved(of(credit, "1").by(user)), credit, "4");
        reserved(of(credit, "1").by(user));

        var set = given.spendLimit(tenant, member, 11);

        assertThat(set.spent()).isEqualTo(Credits.of(9));
        assertThat(consume(of(credit, "2").by(user)).allowed()).isFalse();
        assertThat(consume(of(credit, "1").by(user)).allowed()).isTrue();
    }

    @Test
    void a_keys_limit_set_later_counts_what_the_key_spent() {
        var key = new ApiKeyId(ids.next());
        consumed(of(credit, "2").by(Actor.apiKey(key)));
        consumed(of(credit, "3").by(Actor.apiKey(key, member)));
        consumed(of(credit, "4").by(user));

        assertThat(given.spendLimit(tenant, SpendLimit.Spender.of(key), 10).spent())
                .isEqualTo(Credits.of(5));
        assertThat(given.spendLimit(tenant, member, 10).spent()).isEqualTo(Credits.of(7));
    }

    @Test
    void a_limit_that_is_changed_keeps_what_is_spent() {
        given.spendLimit(tenant, member, 10);
        consumed(of(credit, "8").by(user));

        assertThat(given.spendLimit(tenant, member, 5).spent()).isEqualTo(Credits.of(8));
        assertThat(consume(of(credit, "0.5").by(user)).allowed()).isFalse();
        given.spendLimit(tenant, member, 9);
        assertThat(consume(of(credit, "1").by(user)).allowed()).isTrue();
    }

    @Test
    void a_limit_that_many_set_while_it_is_spent_counts_every_credit() {
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(100));

        var results = Together.run(12, thread -> {
            if (thread % 3 == 0) {
                return given.spendLimit(tenant, member, 50 + thread).limit();
            }
            return consumed(of(credit, "1").by(user).on(thread % 3 == 1 ? account : own))
                    .credits();
        });

        assertThat(Together.values(results)).hasSize(12);
        assertThat(spendLimits()).singleElement().satisfies(limit -> {
            assertThat(limit.spent()).isEqualTo(Credits.of(8));
            assertThat(limit.limit()).isBetween(Credits.of(50), Credits.of(59));
        });
        assertSound();
    }

    @Test
    void a_limit_that_is_removed_binds_no_more() {
        given.spendLimit(tenant, member, 0);
        var spender = SpendLimit.Spender.of(member);

        allotment.spendLimits().remove(tenant.id(), spender, SpendLimit.Window.CALENDAR_MONTH);

        assertThat(consume(of(credit, "1").by(user)).allowed()).isTrue();
        assertThatThrownBy(() -> allotment.spendLimits().remove(tenant.id(), spender, SpendLimit.Window.CALENDAR_MONTH))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_limit_starts_again_with_the_month_of_the_tenants_time_zone() {
        var auckland = ZoneId.of("Pacific/Auckland");
        allotment
                .tenants()
                .update(
                        tenant.id(),
                        Optional.empty(),
                        profile -> new TenantProfile(
                                profile.name(),
                                profile.slug(),
                                profile.website(),
                                profile.description(),
                                auckland,
                                profile.metadata()));
        given.spendLimit(tenant, member, 10);
        consumed(of(credit, "10").by(user));
        // 13 hours ahead: there April begins at 11:00 UTC.
        clock.set(Instant.parse("2026-03-31T10:59:59.999999Z"));
        assertThat(consume(of(credit, "1").by(user)).allowed()).isFalse();

        clock.set(Instant.parse("2026-03-31T11:00:00Z"));

        assertThat(allotment.spendLimits().list(tenant.id(), FIRST).items())
                .extracting(SpendLimit::spent)
                .containsExactly(Credits.ZERO);
        assertThat(consume(of(credit, "10").by(user)).allowed()).isTrue();
        assertThat(consume(of(credit, "1").by(user)).allowed()).isFalse();
    }

    @Test
    void what_is_charged_while_a_limit_is_set_is_counted_once() {
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(100));
        var spender = SpendLimit.Spender.of(member);

        var results = Together.run(8, thread -> {
            for (int i = 0; i < 3; i++) {
                if (thread == 0) {
                    allotment
                            .spendLimits()
                            .set(tenant.id(), spender, SpendLimit.Window.CALENDAR_MONTH, Credits.of(1_000));
                } else {
                    var charge = of(credit, "1").by(user).on(thread % 2 == 0 ? account : own);
                    allotment.gate().consume(tenant.id(), Fixtures.key(), charge);
                }
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(spendLimits()).extracting(SpendLimit::spent).containsExactly(Credits.of(21));
    }

    @Test
    void a_limit_is_for_members_of_tenants_that_are_there() {
        var stranger = SpendLimit.Spender.of(given.user().id());

        assertThatThrownBy(() -> given.spendLimit(tenant, stranger, 10)).isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> allotment
                        .spendLimits()
                        .set(new TenantId(ids.next()), stranger, SpendLimit.Window.CALENDAR_MONTH, Credits.of(1)))
                .isInstanceOf(NotFound.class);
        assertThat(spendLimits()).isEmpty();
    }
}
