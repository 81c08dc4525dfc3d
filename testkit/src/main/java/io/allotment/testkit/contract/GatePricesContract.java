package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.domain.ai.AiCatalog;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.Cost;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.ai.PriceUnit;
import io.allotment.domain.ai.Rate;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Operation.CreditBasis;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.tenancy.UnpricedModels;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.testkit.Fixtures;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What AI work costs at the gate, and what credits follow from it. */
public abstract class GatePricesContract extends GateContract {

    /** By hand: 1000 × 2.5 + 500 × 10 = 7500 millionths. */
    private static final TokenCounts TOKENS = TokenCounts.of(1_000, 500);

    private static final ModelRates RATES =
            new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("2.5"), PriceUnit.OUTPUT, Rate.of("10")));

    private String provider;
    private ModelPrice price;

    @BeforeEach
    void a_model_with_a_price() {
        provider = Fixtures.word();
        allotment.ai().create(AiProvider.of(provider, "Provider"));
        allotment.ai().create(AiModel.of(provider, "m"));
        allotment.ai().create(AiModel.of(provider, "free"));
        price = set("m", RATES);
    }

    private ModelPrice set(String model, ModelRates rates) {
        return allotment
                .prices()
                .set(new ModelRef(provider, model), List.of(PriceTerms.always(rates)), "USD", Optional.empty())
                .get(0);
    }

    private Charge work(OperationKey operation) {
        return Charge.of(operation, Quantity.of(2)).using(provider, "M", TOKENS);
    }

    private OperationKey charged(String rate, CreditBasis basis) {
        return given.operation(
                Operation.of(Fixtures.word(), "test", Credits.of(rate)).chargedBy(basis));
    }

    private UsageEvent eventOf(Decision decision) {
        return allotment.usage().get(tenant.id(), decision.id());
    }

    private void policy(UnpricedModels.Policy policy, Optional<ModelRates> rates) {
        allotment.tenants().setUnpricedModels(tenant.id(), Optional.empty(), new UnpricedModels(policy, rates));
    }

    @Test
    void what_it_cost_is_recorded_with_the_row_of_the_price() {
        var decision = consume(work(free));

        assertThat(decision.cost()).hasValueSatisfying(cost -> {
            assertThat(cost.amount()).isEqualTo("0.0075");
            assertThat(cost.currency()).isEqualTo("USD");
            assertThat(cost.price()).contains(price.id());
        });
        assertThat(eventOf(decision).cost()).isEqualTo(decision.cost());
        assertThat(eventOf(decision).provider()).contains(provider);
    }

    @Test
    void the_first_answer_comes_back_with_its_cost_whatever_the_price_is_now() {
        var key = Fixtures.key();
        var first = allotment.gate().consume(tenant.id(), key, work(free));
        clock.advance(Duration.ofSeconds(1));
        set("m", new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("1000"))));

        var again = allotment.gate().consume(tenant.id(), key, work(free));

        assertThat(again.replayed()).isTrue();
        assertThat(again.decision()).isEqualTo(first.decision());
        assertThat(consume(work(free)).cost().orElseThrow().amount()).isEqualTo("1");
    }

    @Test
    void a_price_that_was_changed_counts_from_the_next_charge_on_and_an_earlier_time_has_its_own() {
        var before = clock.instant();
        clock.advance(Duration.ofSeconds(1));
        consume(work(free));
        set("m", new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("5"))));

        assertThat(consume(work(free)).cost().orElseThrow().amount()).isEqualTo("0.005");
        assertThat(consume(work(free).pricedAt(before)).cost().orElseThrow().amount())
                .isEqualTo("0.0075");
    }

    @Test
    void credits_follow_from_the_tokens_or_from_the_cost_where_the_operation_says_so() {
        assertThat(consume(work(charged("0.001", CreditBasis.TOKENS))).credits())
                .isEqualTo(Credits.of("1.5"));
        assertThat(consume(work(charged("100", CreditBasis.COST))).credits()).isEqualTo(Credits.of("0.75"));
        assertThat(consume(work(charged("3", CreditBasis.QUANTITY))).credits()).isEqualTo(Credits.of(6));
    }

    @Test
    void work_that_does_not_tell_what_its_credits_follow_from_is_refused() {
        var byTokens = charged("1", CreditBasis.TOKENS);
        var byCost = charged("1", CreditBasis.COST);

        assertThatThrownBy(() -> consume(Charge.of(byTokens, Quantity.of(1))))
                .isInstanceOf(InvalidValue.class)
                .hasMessageStartingWith("tokens");
        assertThatThrownBy(() -> consume(new Charge(
                        List.of(new Charge.Line(byCost, Quantity.of(1))),
                        Optional.empty(),
                        work(byCost).actor(),
                        Optional.empty(),
                        Optional.empty(),
                        TOKENS,
                        Document.EMPTY)))
                .isInstanceOf(InvalidValue.class)
                .hasMessageStartingWith("model");
    }

    @Test
    void a_model_without_a_price_is_recorded_unpriced_unless_its_credits_depend_on_it() {
        var byCost = charged("1", CreditBasis.COST);

        var unknown = consume(Charge.of(free, Quantity.of(1)).using(provider, "other", TOKENS));
        var dependent = consume(Charge.of(byCost, Quantity.of(1)).using(provider, "other", TOKENS));

        assertThat(unknown.allowed()).isTrue();
        assertThat(eventOf(unknown).cost()).isEmpty();
        assertThat(eventOf(unknown).model()).contains("other");
        assertThat(dependent.denial()).map(Denial::reason).contains(Denial.Reason.MODEL_UNPRICED);
    }

    @Test
    void a_free_model_is_one_without_a_price() {
        set("free", ModelRates.FREE);
        policy(UnpricedModels.Policy.REFUSE, Optional.empty());

        var denied = consume(Charge.of(free, Quantity.of(1)).using(provider, "free", TOKENS));

        assertThat(denied.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(Denial.Reason.MODEL_UNPRICED);
            assertThat(denial.message()).isEqualTo("The model free has no price.");
        });
        assertThat(consume(work(free)).allowed()).isTrue();
    }

    @Test
    void the_tenants_own_price_is_for_what_is_in_no_book() {
        policy(
                UnpricedModels.Policy.DEFAULT,
                Optional.of(new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("100"), PriceUnit.OUTPUT, Rate.of("200")))));
        var byCost = charged("10", CreditBasis.COST);

        var decision = consume(Charge.of(byCost, Quantity.of(1)).using(provider, "other", TOKENS));

        assertThat(decision.cost()).hasValueSatisfying(cost -> {
            assertThat(cost.amount()).isEqualTo("0.2");
            assertThat(cost.price()).isEmpty();
        });
        assertThat(decision.credits()).isEqualTo(Credits.of(2));
        assertThat(eventOf(decision).cost()).isEqualTo(decision.cost());
    }

    @Test
    void what_was_agreed_with_a_tenant_comes_before_the_book_and_for_nobody_else() {
        var agreed = new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("1"), PriceUnit.OUTPUT, Rate.of("1")));
        var operation = given.operation("0");
        consume(work(operation));
        allotment
                .prices()
                .setFor(
                        tenant.id(),
                        new ModelRef(provider, "m"),
                        List.of(PriceTerms.always(agreed)),
                        "USD",
                        Optional.empty());
        var other = given.tenantWith(100);

        assertThat(consume(work(operation)).cost().orElseThrow().amount()).isEqualTo("0.0015");
        assertThat(allotment
                        .gate()
                        .consume(other.id(), Fixtures.key(), work(operation))
                        .decision()
                        .cost()
                        .orElseThrow()
                        .amount())
                .isEqualTo("0.0075");
    }

    @Test
    void the_book_is_read_again_where_prices_have_changed_and_not_with_each_change_of_the_catalogue() {
        var reads = new AtomicInteger();
        var process = Allotment.with(counting(Persistence.class, persistence, reads))
                .clock(clock)
                .ids(ids)
                .build();
        Supplier<Optional<Cost>> cost = () -> process.gate()
                .consume(tenant.id(), Fixtures.key(), work(free))
                .decision()
                .cost();
        assertThat(cost.get()).isPresent();
        int before = reads.get();

        given.feature();
        assertThat(cost.get()).isPresent();
        assertThat(reads.get()).as("after a change of a feature").isEqualTo(before);

        clock.advance(Duration.ofSeconds(1));
        set("m", new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("5"))));
        assertThat(cost.get().orElseThrow().amount()).isEqualTo("0.005");
        assertThat(reads.get()).as("after a change of a price").isEqualTo(before + 1);
        assertThat(cost.get()).isPresent();
        assertThat(reads.get()).isEqualTo(before + 1);

        clock.advance(Duration.ofSeconds(1));
        allotment
                .prices()
                .setFor(
                        tenant.id(),
                        new ModelRef(provider, "m"),
                        List.of(PriceTerms.always(new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("6"))))),
                        "USD",
                        Optional.empty());
        assertThat(cost.get().orElseThrow().amount()).isEqualTo("0.006");
    }

    /** The same, which counts how often the book is read. */
    private static <T> T counting(Class<T> type, T real, AtomicInteger reads) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> {
                    if (method.getName().equals("book")) {
                        reads.incrementAndGet();
                    }
                    try {
                        var result = method.invoke(real, values);
                        return method.getReturnType() == AiCatalog.class
                                ? counting(AiCatalog.class, (AiCatalog) result, reads)
                                : result;
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                }));
    }

    @Test
    void a_reservation_holds_the_worst_case_and_is_settled_by_what_the_work_cost() {
        var byCost = charged("100", CreditBasis.COST);
        var reserved = allotment
                .gate()
                .reserve(tenant.id(), Fixtures.key(), work(byCost), Duration.ofMinutes(5))
                .decision();

        var settled = allotment
                .gate()
                .settle(
                        tenant.id(),
                        Fixtures.key(),
                        new GateRequest.Settle(
                                reserved.reservation().orElseThrow(),
                                List.of(new Charge.Line(byCost, Quantity.of(1))),
                                Optional.empty(),
                                TokenCounts.of(100, 50),
                                Document.EMPTY))
                .decision();

        assertThat(reserved.credits()).isEqualTo(Credits.of("0.75"));
        assertThat(settled.credits()).isEqualTo(Credits.of("0.075"));
        assertThat(settled.cost().orElseThrow().amount()).isEqualTo("0.00075");
        assertThat(eventOf(settled).provider()).contains(provider);
        assertSound();
    }
}
