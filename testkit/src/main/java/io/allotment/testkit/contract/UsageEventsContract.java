package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was used: listed and filtered. */
public abstract class UsageEventsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);

    private Tenant tenant;
    private AccountId account;
    private OperationKey operation;
    private OperationKey other;

    @BeforeEach
    void a_tenant_that_may_spend() {
        tenant = given.tenantWith(1_000);
        account = Fixtures.accountOf(tenant);
        operation = given.operation("0.5");
        other = given.operation("2");
    }

    @Test
    void an_event_comes_back_with_everything_it_says() {
        var feature = given.feature();
        var unlimited = given.feature();
        var metered = given.operation("0.000000001", feature);
        var plan = PlanVersionTerms.empty()
                .with(
                        feature.value(),
                        new Quota(
                                Optional.of(Quantity.of(3)),
                                Quota.Reset.CALENDAR_MONTH,
                                Optional.empty(),
                                Quota.Overage.ALLOW,
                                0))
                .with(
                        unlimited.value(),
                        new Quota(Optional.empty(), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0));
        tenant = given.tenantOn(plan);
        account = Fixtures.accountOf(tenant);
        given.grant(tenant, 100);
        var member = given.member(tenant);
        var everyClass = new EnumMap<TokenCounts.TokenClass, Quantity>(TokenCounts.TokenClass.class);
        for (var tokenClass : TokenCounts.TokenClass.values()) {
            everyClass.put(tokenClass, Quantity.of(10L + tokenClass.ordinal()));
        }
        everyClass.put(TokenCounts.TokenClass.OUTPUT, Quantity.of("0.25"));
        var tokens = new TokenCounts(everyClass);
        var charge = Charge.of(metered, Quantity.of("4.5"))
                .and(given.operation("0", unlimited), Quantity.of(7))
                .and(operation, Quantity.of(3))
                .by(Actor.user(member))
                .relatedTo("meeting", "m 1, Ünïcode")
                .using("gpt-ünïcode", tokens)
                .with(DOCUMENT);

        var id = consumed(charge);

        var month = Period.between(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));
        assertThat(found(id))
                .contains(new UsageEvent(
                        tenant.id(),
                        id,
                        account,
                        Actor.user(member),
                        List.of(
                                new UsageEvent.Line(
                                        metered,
                                        Quantity.of("4.5"),
                                        Credits.of("0.000000005"),
                                        Optional.of(new QuotaUse(
                                                feature,
                                                Quantity.of("4.5"),
                                                Optional.of(Quantity.of(3)),
                                                Quantity.of("1.5"),
                                                month))),
                                new UsageEvent.Line(
                                        charge.lines().get(1).operation(),
                                        Quantity.of(7),
                                        Credits.ZERO,
                                        Optional.of(new QuotaUse(
                                                unlimited,
                                                Quantity.of(7),
                                                Optional.empty(),
                                                Quantity.ZERO,
                                                Period.startingAt(START)))),
                                new UsageEvent.Line(operation, Quantity.of(3), Credits.of("1.5"), Optional.empty())),
                        Credits.of("1.500000005"),
                        Credits.ZERO,
                        Credits.of("98.499999995"),
                        Optional.of(2L),
                        Optional.empty(),
                        Optional.of(new RelatedEntity("meeting", "m 1, Ünïcode")),
                        Optional.of("gpt-ünïcode"),
                        tokens,
                        DOCUMENT,
                        UsageEvent.Source.GATE,
                        START));
    }

    @Test
    void the_event_of_a_settle_comes_back_with_its_reservation_and_what_was_uncovered() {
        var key = new ApiKeyId(ids.next());
        var member = given.member(tenant);
        var reserved = allotment
                .gate()
                .reserve(
                        tenant.id(),
                        Fixtures.key(),
                        Charge.of(operation, Quantity.of(10)).by(Actor.apiKey(key, member)),
                        Duration.ofHours(1))
                .decision();
        clock.advance(Duration.ofMinutes(1));

        var settled = allotment
                .gate()
                .settle(
                        tenant.id(),
                        Fixtures.key(),
                        reserved.reservation().orElseThrow(),
                        List.of(new Charge.Line(operation, Quantity.of("2001.000000002"))))
                .decision();

        assertThat(found(settled.id()))
                .contains(new UsageEvent(
                        tenant.id(),
                        settled.id(),
                        account,
                        Actor.apiKey(key, member),
                        List.of(new UsageEvent.Line(
                                operation,
                                Quantity.of("2001.000000002"),
                                Credits.of("1000.500000001"),
                                Optional.empty())),
                        Credits.of("1000.500000001"),
                        Credits.of("0.500000001"),
                        Credits.ZERO,
                        Optional.of(2L),
                        reserved.reservation(),
                        Optional.empty(),
                        Optional.empty(),
                        TokenCounts.NONE,
                        Document.EMPTY,
                        UsageEvent.Source.GATE,
                        clock.instant()));
        assertThat(list(UsageFilter.ALL)).extracting(UsageEvent::id).containsExactly(settled.id());
    }

    @Test
    void a_key_that_is_nobodys_own_comes_back_as_the_actor() {
        var actor = Actor.apiKey(new ApiKeyId(ids.next()));

        var id = consumed(Charge.of(operation, Quantity.of(1)).by(actor));

        assertThat(found(id)).map(UsageEvent::actor).contains(actor);
    }

    @Test
    void an_event_that_cost_nothing_names_no_ledger_entry() {
        var free = given.operation("0");

        var id = consumed(Charge.of(free, Quantity.of(1)));

        assertThat(found(id)).get().satisfies(event -> {
            assertThat(event.ledgerSequence()).isEmpty();
            assertThat(event.credits()).isEqualTo(Credits.ZERO);
            assertThat(event.balanceAfter()).isEqualTo(Credits.of(1_000));
            assertThat(event.relatedTo()).isEmpty();
            assertThat(event.model()).isEmpty();
            assertThat(event.tokens()).isEqualTo(TokenCounts.NONE);
            assertThat(event.metadata().isEmpty()).isTrue();
            assertThat(event.actor()).isEqualTo(Actor.system());
        });
    }

    @Test
    void a_denial_leaves_no_event() {
        var id = allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(other, Quantity.of(501)))
                .decision()
                .id();

        assertThat(found(id)).isEmpty();
        assertThat(list(UsageFilter.ALL)).isEmpty();
    }

    @Test
    void events_are_listed_newest_first() {
        var events = new ArrayList<UsageEvent>();
        for (int i = 1; i <= 5; i++) {
            events.add(found(consumed(Charge.of(operation, Quantity.of(i)))).orElseThrow());
            clock.advance(Duration.ofMinutes(1));
        }
        Collections.reverse(events);

        assertListing(
                events,
                page -> inTenant(tenant.id(), () -> persistence.usage().list(tenant.id(), UsageFilter.ALL, page)));
    }

    @Test
    void events_are_found_by_what_they_say() {
        var member = memberWithAccount();
        var first = consumed(Charge.of(operation, Quantity.of(1)).relatedTo("meeting", "1"));
        var second = consumed(Charge.of(operation, Quantity.of(1)).and(other, Quantity.of(1)));
        clock.advance(Duration.ofHours(1));
        var third = consumed(Charge.of(given.operation("0"), Quantity.of(1))
                .by(Actor.user(member))
                .relatedTo("meeting", "2"));

        assertThat(idsOf(filter().build())).containsExactly(third, second, first);
        assertThat(idsOf(filter().account(account).build())).containsExactly(second, first);
        assertThat(idsOf(filter().account(BillingAccount.idOf(member)).build())).containsExactly(third);
        assertThat(idsOf(filter().operation(operation).build())).containsExactly(second, first);
        assertThat(idsOf(filter().operation(other).build())).containsExactly(second);
        assertThat(idsOf(filter().operation(new OperationKey(Fixtures.word())).build()))
                .isEmpty();
        assertThat(idsOf(filter().relatedTo("meeting", "1").build())).containsExactly(first);
        assertThat(idsOf(filter().relatedTo("call", "1").build())).isEmpty();
        assertThat(idsOf(filter().from(START).build())).containsExactly(third, second, first);
        assertThat(idsOf(filter().from(START.plusNanos(1_000)).build())).containsExactly(third);
        assertThat(idsOf(filter().to(clock.instant()).build())).containsExactly(second, first);
        assertThat(idsOf(filter().to(START).build())).isEmpty();
        assertThat(idsOf(filter().operation(operation)
                        .relatedTo("meeting", "1")
                        .account(account)
                        .build()))
                .containsExactly(first);
    }

    @Test
    void filtered_events_are_paged_as_well() {
        var wanted = new ArrayList<DecisionId>();
        for (int i = 0; i < 5; i++) {
            wanted.add(consumed(Charge.of(operation, Quantity.of(1))));
            consumed(Charge.of(other, Quantity.of(1)));
        }
        Collections.reverse(wanted);
        var filter = filter().operation(operation).build();

        assertThat(allPages(
                        2,
                        page -> inTenant(tenant.id(), () -> persistence.usage().list(tenant.id(), filter, page))))
                .extracting(UsageEvent::id)
                .isEqualTo(wanted);
    }

    @Test
    void another_tenant_sees_no_usage() {
        var otherTenant = given.tenant().id();
        var id = consumed(Charge.of(operation, Quantity.of(1)));

        inTenant(otherTenant, () -> {
            assertThat(persistence.usage().find(tenant.id(), id)).isEmpty();
            assertThat(persistence.usage().find(otherTenant, id)).isEmpty();
            assertThat(persistence
                            .usage()
                            .list(tenant.id(), UsageFilter.ALL, FIRST)
                            .items())
                    .isEmpty();
        });
    }

    @Test
    void the_platform_sees_every_tenants_usage() {
        var id = consumed(Charge.of(operation, Quantity.of(1)));

        assertThat(inPlatform(() -> persistence.usage().find(tenant.id(), id))).isPresent();
        assertThat(inPlatform(() -> persistence.usage().list(tenant.id(), UsageFilter.ALL, FIRST))
                        .items())
                .hasSize(1);
    }

    private DecisionId consumed(Charge charge) {
        var answer = allotment.gate().consume(tenant.id(), Fixtures.key(), charge);
        assertThat(answer.decision().denial()).isEmpty();
        return answer.decision().id();
    }

    private UserId memberWithAccount() {
        var member = given.member(tenant);
        var id =
                allotment.subscriptions().openMemberAccount(tenant.id(), member).id();
        given.subscribe(tenant, id, PlanVersionTerms.empty());
        return member;
    }

    private Optional<UsageEvent> found(DecisionId id) {
        return inTenant(tenant.id(), () -> persistence.usage().find(tenant.id(), id));
    }

    private List<UsageEvent> list(UsageFilter filter) {
        return inTenant(tenant.id(), () -> persistence.usage().list(tenant.id(), filter, FIRST))
                .items();
    }

    private List<DecisionId> idsOf(UsageFilter filter) {
        return list(filter).stream().map(UsageEvent::id).toList();
    }

    private static Filter filter() {
        return new Filter();
    }

    /** Names what is wanted, for tests to read. */
    private static final class Filter {
        private Optional<AccountId> account = Optional.empty();
        private Optional<OperationKey> operation = Optional.empty();
        private Optional<RelatedEntity> relatedTo = Optional.empty();
        private Optional<Instant> from = Optional.empty();
        private Optional<Instant> to = Optional.empty();

        Filter account(AccountId wanted) {
            account = Optional.of(wanted);
            return this;
        }

        Filter operation(OperationKey wanted) {
            operation = Optional.of(wanted);
            return this;
        }

        Filter relatedTo(String type, String id) {
            relatedTo = Optional.of(new RelatedEntity(type, id));
            return this;
        }

        Filter from(Instant wanted) {
            from = Optional.of(wanted);
            return this;
        }

        Filter to(Instant wanted) {
            to = Optional.of(wanted);
            return this;
        }

        UsageFilter build() {
            return new UsageFilter(account, operation, relatedTo, new TimeRange(from, to));
        }
    }
}
