package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.ai.PriceUnit;
import io.allotment.domain.ai.Rate;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Costs are reckoned again, and sums added up again, from all rows: one that says otherwise is named. */
class VerifiedSumsTest {

    private static TestDatabase database;
    private static JooqPersistence persistence;
    private static Allotment allotment;
    private static TenantId tenant;
    private static Fixtures given;

    /** Work with a price, work that was priced later, work without a price, and work that nobody has rolled up yet. */
    @BeforeAll
    static void work() {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
        allotment = Allotment.with(persistence).build();
        given = Fixtures.in(allotment);
        tenant = given.tenantWith(100).id();
        allotment.ai().create(AiProvider.of("maker", "Maker"));
        price("priced");
        consume("priced");
        consume("later");
        price("later");
        assertThat(allotment.unpricedUsage().price(tenant).events()).isEqualTo(1);
        consume("unknown");
        allotment.usageRoller().rollUp(1_000);
        consume("priced");
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @AfterAll
    static void close() {
        persistence.close();
        database.close();
    }

    private static void price(String model) {
        allotment.ai().create(AiModel.of("maker", model));
        allotment
                .prices()
                .set(
                        new ModelRef("maker", model),
                        List.of(PriceTerms.always(new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("2.5"))))),
                        "USD",
                        Optional.empty());
    }

    private static void consume(String model) {
        var charge = Charge.of(given.operation("1"), Quantity.of(2)).using("maker", model, TokenCounts.of(1_000, 500));
        assertThat(allotment.gate().consume(tenant, Fixtures.key(), charge).allowed())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            update usage_events set cost = cost + 0.0000000001 where cost is not null | 2 | cost-agrees-with-its-price
            update usage_events set cost_currency = 'EUR' where cost is not null | 2 | cost-agrees-with-its-price
            update usage_events set model_price_id = gen_random_uuid() where cost is not null | 2 | cost-agrees-with-its-price
            update usage_events set tokens = '{"INPUT": "1001"}' where model = 'priced' | 2 | cost-agrees-with-its-price
            update usage_costs set cost = cost * 2 | 1 | cost-agrees-with-its-price
            update usage_costs set cost = cost * 2 | 1 | roll-ups-add-up
            update usage_rollups set quantity = quantity + 1 where cut = 'QUARTER_MODELS' and model = 'unknown' | 1 | roll-ups-add-up
            update usage_rollups set tokens_output = 1 where cut = 'QUARTER_MODELS' and model = 'unknown' | 1 | roll-ups-add-up
            update usage_rollups set cost = 0 where cut = 'QUARTER_MODELS' and cost > 0 | 2 | roll-ups-add-up
            update usage_rollups set cost = cost + 1 where cut = 'DAY_ACTORS' and cost > 0 | 2 | roll-ups-agree
            delete from usage_rollups where cut = 'DAY_ENTITIES' and model = 'unknown' | 1 | roll-ups-agree
            update usage_rollups set starts_at = starts_at + interval '15 min' where model = 'unknown' | 5 | roll-ups-add-up
            delete from usage_arrivals | 1 | roll-ups-add-up
            update usage_arrivals set event_ids = array_cat(event_ids, event_ids) | 1 | roll-ups-add-up
            delete from usage_unpriced | 1 | unpriced-usage-waits-once
            delete from usage_costs | 1 | unpriced-usage-waits-once
            insert into usage_unpriced select tenant_id, event_id, null, 'later', now() from usage_costs | 1 | unpriced-usage-waits-once
            insert into usage_unpriced select tenant_id, id, null, 'priced', now() from usage_events where cost is not null | 2 | unpriced-usage-waits-once
            """)
    void a_row_that_says_otherwise_is_named(String damage, int rows, String invariant) throws SQLException {
        try (var damaged = new DamagedTable(database, damage)) {
            assertThat(damaged.rows).isEqualTo(rows);

            assertThat(allotment.gate().verify().violations())
                    .allSatisfy(violation -> assertThat(violation.tenantId()).contains(tenant))
                    .extracting(Violation::invariant)
                    .contains(invariant);
        }
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }
}
