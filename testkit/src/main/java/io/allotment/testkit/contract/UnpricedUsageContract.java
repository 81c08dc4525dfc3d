package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.job.Upkeep;
import io.allotment.application.usage.LatePricing.Priced;
import io.allotment.application.usage.UnpricedUsageService.Unpriced;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.Clause;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.ai.PriceUnit;
import io.allotment.domain.ai.Rate;
import io.allotment.domain.ai.TenantPrices.Lack;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UnpricedUsage.Wanted;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageCalendar;
import io.allotment.domain.usage.UsageDimension;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.testkit.Fixtures;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work that was recorded without a price gets its cost once there is one, once, and all sums with it. */
public abstract class UnpricedUsageContract extends GateContract {

    /** By hand: 1000 × 2.5 + 500 × 10 = 7500 millionths. */
    private static final TokenCounts TOKENS = TokenCounts.of(1_000, 500);

    private static final ModelRates RATES =
            new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("2.5"), PriceUnit.OUTPUT, Rate.of("10")));

    private String provider;
    private OperationKey work;

    @BeforeEach
    void aProvider() {
        work = given.operation("0");
        provider = Fixtures.word();
        allotment.ai().create(AiProvider.of(provider, "Provider"));
    }

    private ModelRef model(String name) {
        allotment.ai().create(AiModel.of(provider, name));
        return new ModelRef(provider, name);
    }

    private ModelPrice set(ModelRef model, ModelRates rates, Optional<Instant> from) {
        return allotment
                .prices()
                .set(model, List.of(PriceTerms.always(rates)), "USD", from)
                .get(0);
    }

    private Decision used(String model) {
        return used(work, model);
    }

    private Decision used(OperationKey operation, String model) {
        var decision = consume(Charge.of(operation, Quantity.of(2)).using(provider, model, TOKENS));
        assertThat(decision.denial()).isEmpty();
        return decision;
    }

    private UsageEvent eventOf(Decision decision) {
        return allotment.usage().get(tenant.id(), decision.id());
    }

    private List<Unpriced> unpriced() {
        return allotment.unpricedUsage().list(tenant.id(), FIRST).items();
    }

    private Priced price() {
        return allotment.unpricedUsage().price(tenant.id());
    }

    /** The sums of a day, in each way in which they are kept. */
    private List<UsageAmounts> sums() {
        var from = START.truncatedTo(ChronoUnit.DAYS);
        return Stream.of(
                        Set.<UsageDimension>of(),
                        Set.of(UsageDimension.USER),
                        Set.of(UsageDimension.RELATED_ENTITY),
                        Set.of(UsageDimension.USER, UsageDimension.RELATED_ENTITY))
                .flatMap(by -> Stream.of(UsageCalendar.Unit.HOUR, UsageCalendar.Unit.DAY)
                        .map(unit -> new SummaryRequest(
                                from,
                                from.plus(Duration.ofDays(1)),
                                Optional.of(unit),
                                by,
                                UsageGroup.ALL,
                                Optional.empty())))
                .map(request -> allotment.usage().summarize(tenant.id(), request).rows().stream()
                        .map(row -> row.amounts())
                        .reduce(UsageAmounts.NONE, UsageAmounts::plus))
                .toList();
    }

    private void assertCosts(String dollars) {
        var expected = new BigDecimal(dollars).signum() == 0 ? Map.of() : Map.of("USD", new BigDecimal(dollars));
        assertThat(sums()).allSatisfy(sum -> assertThat(sum.costs()).isEqualTo(expected));
    }

    private void rollUpAll() {
        inPlatform(() -> persistence.usageSummaries().rollUp(tenant.id(), 10_000));
    }

    // ---- what is priced

    @Test
    void what_had_no_price_gets_the_cost_of_its_time_with_the_row_once_there_is_one() {
        var event = used("new");
        assertThat(eventOf(event).cost()).isEmpty();
        var row = set(model("new"), RATES, Optional.empty());

        var priced = price();

        assertThat(priced.events()).isEqualTo(1);
        assertThat(priced.costs()).containsExactly(Map.entry("USD", new BigDecimal("0.0075")));
        assertThat(priced.more()).isFalse();
        assertThat(eventOf(event).cost()).hasValueSatisfying(cost -> {
            assertThat(cost.amount()).isEqualTo("0.0075");
            assertThat(cost.price()).contains(row.id());
        });
        assertThat(events()).contains(eventOf(event));
        assertCosts("0.0075");
        assertThat(unpriced()).isEmpty();
        assertSound();
    }

    @Test
    void sums_are_those_of_the_events_whether_they_were_rolled_up_before_or_not() {
        var ref = model("new");
        used("new");
        rollUpAll();
        used("new");
        var before = sums();
        set(ref, RATES, Optional.empty());
        used("new");

        assertThat(price().events()).isEqualTo(2);

        assertCosts("0.0225");
        assertThat(sums()).extracting(UsageAmounts::events).containsOnly(3L);
        assertThat(before).extracting(UsageAmounts::events).containsOnly(2L);
        rollUpAll();
        assertCosts("0.0225");
        assertSound();
    }

    @Test
    void an_event_is_priced_once_however_often_it_is_tried_and_a_price_that_changes_later_changes_nothing() {
        var event = used("new");
        var ref = model("new");
        set(ref, RATES, Optional.empty());
        price();
        var first = eventOf(event);
        clock.advance(Duration.ofSeconds(1));
        set(ref, new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("1000"))), Optional.empty());

        assertThat(price().events()).isZero();

        assertThat(eventOf(event)).isEqualTo(first);
        assertCosts("0.0075");
    }

    @Test
    void whatever_prices_at_the_same_time_prices_each_event_once() {
        for (int i = 0; i < 40; i++) {
            used("new");
        }
        set(model("new"), RATES, Optional.empty());
        var priced = new AtomicInteger();

        var results = Together.run(4, i -> priced.addAndGet(Math.toIntExact(price().events())));
        priced.addAndGet(Math.toIntExact(price().events()));
        assertThat(results).allSatisfy(result -> assertThat(result.failure()).isEmpty());

        assertThat(priced.get()).isEqualTo(40);
        assertCosts("0.3");
        assertSound();
    }

    @Test
    void what_was_agreed_with_the_tenant_comes_before_the_book_from_when_it_was_agreed() {
        var ref = model("m");
        var book = set(ref, RATES, Optional.empty());
        var before = used("alias");
        clock.advance(Duration.ofSeconds(1));
        var agreed = allotment
                .prices()
                .setFor(
                        tenant.id(),
                        ref,
                        List.of(PriceTerms.always(
                                new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("1"), PriceUnit.OUTPUT, Rate.of("1"))))),
                        "EUR",
                        Optional.empty())
                .get(0);
        clock.advance(Duration.ofSeconds(1));
        var after = used("alias");
        assertThat(unpriced().get(0).lack()).isEqualTo(Lack.UNKNOWN_MODEL);
        // Only now anybody knows whose name that is.
        allotment.ai().updateModel(ref, m -> named(m, new Clause.Equals("alias")));

        var priced = price();

        assertThat(priced.costs())
                .containsExactly(
                        Map.entry("EUR", new BigDecimal("0.0015")), Map.entry("USD", new BigDecimal("0.0075")));
        assertThat(eventOf(before).cost().orElseThrow().price()).contains(book.id());
        assertThat(eventOf(after).cost().orElseThrow().price()).contains(agreed.id());
        assertThat(sums()).allSatisfy(sum -> assertThat(sum.costs()).isEqualTo(priced.costs()));
    }

    private static AiModel named(AiModel model, Clause match) {
        return new AiModel(
                model.ref(),
                model.displayName(),
                model.description(),
                model.priceComments(),
                match,
                model.position(),
                model.capabilities(),
                model.contextWindow(),
                model.deprecated(),
                model.active());
    }

    @Test
    void the_answer_of_the_charge_stays_as_it_was_and_no_credits_are_charged() {
        var key = new IdempotencyKey("the-key");
        var charge = Charge.of(given.operation("3"), Quantity.of(2)).using(provider, "new", TOKENS);
        given.grant(tenant, 100);
        var first = allotment.gate().consume(tenant.id(), key, charge);
        set(model("new"), RATES, Optional.empty());
        var balance = credits().balance();

        price();

        var again = allotment.gate().consume(tenant.id(), key, charge);
        assertThat(again.replayed()).isTrue();
        assertThat(again.decision()).isEqualTo(first.decision());
        assertThat(again.decision().cost()).isEmpty();
        assertThat(credits().balance()).isEqualTo(balance);
        assertThat(eventOf(first.decision()).credits()).isEqualTo(Credits.of(6));
    }

    @Test
    void many_are_priced_in_portions() {
        var events = new ArrayList<Decision>();
        for (int i = 0; i < 5; i++) {
            events.add(used("new"));
        }
        rollUpAll();
        var asked = unpriced().get(0).model().asked();

        inPlatform(() -> {
            var port = persistence.unpricedUsage();
            var wanted = List.of(new Wanted(asked, Optional.empty()));
            var first = port.take(tenant.id(), wanted, 1, 2);
            assertThat(first)
                    .extracting(UsageEvent::id)
                    .containsExactly(events.get(0).id(), events.get(1).id());
            port.unfit(first, 1);
            assertThat(port.take(tenant.id(), wanted, 1, 10)).hasSize(3);
            assertThat(port.take(tenant.id(), wanted, 2, 10)).hasSize(5);
            assertThat(port.take(
                            tenant.id(),
                            List.of(new Wanted(
                                    asked, Optional.of(clock.instant().plusSeconds(1)))),
                            1,
                            10))
                    .isEmpty();
        });
    }

    @Test
    void pricing_that_is_undone_has_not_happened() {
        var event = used("new");
        rollUpAll();
        set(model("new"), RATES, Optional.empty());

        inPlatformThenUndone(() -> allotment.unpricedUsage().price(tenant.id()));

        assertThat(eventOf(event).cost()).isEmpty();
        assertCosts("0");
        assertThat(unpriced()).hasSize(1);
        assertThat(price().events()).isEqualTo(1);
    }

    // ---- what remains

    @Test
    void what_remains_is_told_by_model_and_why() {
        used("unknown");
        clock.advance(Duration.ofMinutes(1));
        used("unknown");
        model("free");
        used("free");
        var later = clock.instant().plus(Duration.ofHours(1));
        set(model("later"), RATES, Optional.of(later));
        used("later");
        set(model("ready"), RATES, Optional.empty());

        price();
        used("unknown");

        assertThat(unpriced()).extracting(one -> one.model().model()).containsExactly("free", "later", "unknown");
        assertThat(unpriced())
                .extracting(Unpriced::lack)
                .containsExactly(Lack.NO_PRICE, Lack.BEFORE_FIRST_PRICE, Lack.UNKNOWN_MODEL);
        assertThat(unpriced())
                .extracting(Unpriced::pricedFrom)
                .containsExactly(Optional.empty(), Optional.of(later), Optional.empty());
        assertThat(unpriced().get(2).model()).satisfies(model -> {
            assertThat(model.events()).isEqualTo(3);
            assertThat(model.provider()).contains(provider);
            assertThat(model.firstAt()).isEqualTo(START);
            assertThat(model.lastAt()).isEqualTo(clock.instant());
        });
        set(new ModelRef(provider, "free"), RATES, Optional.empty());
        assertThat(unpriced().get(0).lack()).isEqualTo(Lack.NOT_TRIED);
    }

    @Test
    void what_has_a_price_is_not_kept_waiting_by_what_has_none() {
        var later = clock.instant().plus(Duration.ofHours(1));
        set(model("m"), RATES, Optional.of(later));
        var early = used("m");
        clock.set(later);
        // Some catalogue that has not heard of it yet.
        var late = used("unknown");
        set(model("unknown"), RATES, Optional.empty());

        assertThat(price().events()).isEqualTo(1);

        assertThat(eventOf(early).cost()).isEmpty();
        assertThat(eventOf(late).cost()).isPresent();
    }

    @Test
    void what_no_price_fits_is_tried_once_with_each_version_of_the_prices() {
        var ref = model("m");
        var heardAndCached = new TokenCounts(Map.of(TokenClass.AUDIO_CACHE_READ, Quantity.of(10)));
        for (int i = 0; i < 3; i++) {
            consume(Charge.of(work, Quantity.of(1)).using(provider, "m", heardAndCached));
        }
        var fits = used("m");
        var parts = Map.of(
                PriceUnit.INPUT, Rate.of("2.5"),
                PriceUnit.OUTPUT, Rate.of("10"),
                PriceUnit.CACHE_READ, Rate.of("1"),
                PriceUnit.INPUT_AUDIO, Rate.of("4"));
        // Of what was heard and cached nobody says which of the two it costs.
        set(ref, new ModelRates(parts), Optional.empty());

        assertThat(price().events()).isEqualTo(1);

        assertThat(eventOf(fits).cost()).isPresent();
        assertThat(unpriced()).hasSize(1);
        var wanted = List.of(new Wanted(unpriced().get(0).model().asked(), Optional.empty()));
        inPlatform(() -> {
            long version = persistence.aiCatalog().version();
            var port = persistence.unpricedUsage();
            assertThat(port.take(tenant.id(), wanted, version, 10)).isEmpty();
            assertThat(port.take(tenant.id(), wanted, version + 1, 10)).hasSize(3);
        });
        allotment.ai().create(AiModel.of(provider, "another"));
        assertThat(price().events()).isZero();
        assertThat(price().more()).isFalse();
        assertSound();
    }

    @Test
    void work_without_a_model_or_without_tokens_lacks_nothing() {
        consume(of(work, "1"));
        consume(Charge.of(work, Quantity.of(1)).using(provider, "new", TokenCounts.NONE));
        rollUpAll();

        assertThat(unpriced()).isEmpty();
        assertSound();
    }

    @Test
    void the_list_comes_in_pages() {
        for (var name : List.of("a", "b", "b1", "ü")) {
            used(name);
            consume(Charge.of(work, Quantity.of(1)).using(name, TOKENS));
        }
        rollUpAll();
        used("b");

        var all = allPages(3, page -> allotment.unpricedUsage().list(tenant.id(), page));
        assertThat(all)
                .extracting(one -> one.model().model() + " "
                        + one.model().provider().map(any -> "named").orElse("-"))
                .containsExactly("a -", "a named", "b -", "b named", "b1 -", "b1 named", "ü -", "ü named");
        assertListing(all, page -> allotment.unpricedUsage().list(tenant.id(), page));
    }

    // ---- who, and when

    @Test
    void pricing_is_the_operators_and_the_audit_log_tells_it() {
        used("new");
        set(model("new"), RATES, Optional.empty());
        var owner = allotment.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE));
        var stranger = allotment.as(Caller.user(given.member(given.tenant()), Origin.HERE));

        assertThatThrownBy(() -> owner.unpricedUsage().price(tenant.id())).isInstanceOf(Forbidden.class);
        assertThat(owner.unpricedUsage().list(tenant.id(), FIRST).items()).hasSize(1);
        assertThatThrownBy(() -> stranger.unpricedUsage().list(tenant.id(), FIRST))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.unpricedUsage().price(new TenantId(ids.next())))
                .isInstanceOf(NotFound.class);
        price();

        assertThat(allotment
                        .audit()
                        .list(tenant.id(), AuditFilter.ALL, FIRST)
                        .items()
                        .get(0)
                        .event()
                        .action())
                .isEqualTo("usage.priced");
    }

    @Test
    void another_tenant_sees_and_prices_nothing_of_it() {
        var event = used("new");
        rollUpAll();
        set(model("new"), RATES, Optional.empty());
        var other = given.tenant().id();

        assertThat(inTenant(other, () -> persistence.unpricedUsage().list(tenant.id(), FIRST))
                        .items())
                .isEmpty();
        assertThat(allotment.unpricedUsage().price(other).events()).isZero();
        assertThat(eventOf(event).cost()).isEmpty();
        assertImpossible(() ->
                inTenant(tenant.id(), () -> persistence.unpricedUsage().take(tenant.id(), List.of(), 1, 1)));
        assertImpossible(() -> inTenant(
                tenant.id(), () -> persistence.unpricedUsage().price(List.of(eventOf(event)), clock.instant())));
    }

    @Test
    void the_job_prices_after_a_change_of_prices_and_else_once_an_hour() {
        used("new");
        rollUpAll();
        assertThat(due()).isTrue();
        runJob();
        assertThat(due()).isFalse();

        var ref = model("new");
        assertThat(due()).isTrue();
        runJob();
        assertThat(due()).isFalse();
        clock.advance(Duration.ofHours(1));
        assertThat(due()).isTrue();
        runJob();

        set(ref, RATES, Optional.empty());
        assertThat(due()).isTrue();
        inPlatform(() -> persistence
                .failedWorks()
                .save(FailedWork.first(tenant.id(), Upkeep.PRICE_USAGE, clock.instant(), "broken", "r")));
        assertThat(due()).isFalse();
        clock.advance(Duration.ofHours(1));
        runJob();

        assertCosts("0.0075");
        assertThat(due()).isFalse();
    }

    @Test
    void what_is_removed_after_long_waits_no_longer_and_its_sums_stay() {
        used("new");
        rollUpAll();
        used("priced");
        set(model("priced"), RATES, Optional.empty());
        price();
        var later = START.plus(Duration.ofDays(5_000));

        inPlatform(() -> {
            var before = persistence.retentions().lock(tenant.id()).orElseThrow();
            var checkpoint = before.keysFrom(later).usageFrom(later);
            persistence.retentions().save(checkpoint);
            persistence.retentions().removeDecisions(before, checkpoint);
            persistence.retentions().removeUsage(checkpoint);
        });
        set(model("new"), RATES, Optional.empty());

        assertThat(unpriced()).isEmpty();
        assertThat(price().events()).isZero();
        assertCosts("0.0075");
        assertSound();
    }

    @Test
    void a_position_that_is_none_is_refused() {
        assertThatThrownBy(
                        () -> allotment.unpricedUsage().list(tenant.id(), new PageRequest(1, Optional.of("nonsense"))))
                .isInstanceOf(InvalidValue.class);
    }

    /** Others' usage may be among it. */
    private void runJob() {
        for (int i = 0; allotment.upkeep().priceUsage().more(); i++) {
            assertThat(i).as("a job that does not end").isLessThan(1_000);
        }
    }

    private boolean due() {
        return inPlatform(() -> persistence
                        .unpricedUsage()
                        .due(
                                Upkeep.PRICE_USAGE,
                                clock.instant(),
                                clock.instant().minus(Duration.ofHours(1)),
                                100_000))
                .contains(tenant.id());
    }
}
