package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.Quantity;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables that a charge only adds to have no constraints of their own: verifying looks at all their rows. */
class WellFormedRowsTest {

    private static TestDatabase database;
    private static JooqPersistence persistence;
    private static Allotment allotment;

    @BeforeAll
    static void consumeOnce() {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
        allotment = Allotment.with(persistence).build();
        var given = Fixtures.in(allotment);
        var charge = Charge.of(given.operation("1"), Quantity.of(1));
        allotment.gate().consume(given.tenantWith(10).id(), Fixtures.key(), charge);
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @AfterAll
    static void close() {
        persistence.close();
        database.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "decisions set verb = 'GUESS'",
                "decisions set refunded_id = id",
                "decisions set allowed = false",
                "usage_events set source = 'HEARSAY'",
                "usage_events set uncovered_credits = -1",
                "credit_entries set type = 'LOST' where type = 'CONSUMED'",
                "credit_entries set draw_remaining = '{}' where type = 'CONSUMED'",
                "credit_grants set source = 'THIN_AIR'",
                "credit_grants set effective_from = now(), expires_at = now() - interval '1 day'",
                "credit_grants set rollover_max = 1"
            })
    void verifying_finds_a_row_that_says_what_none_may_say(String change) throws SQLException {
        try (var damaged = new DamagedTable(database, "update " + change)) {
            assertThat(damaged.rows).isEqualTo(1);

            assertThat(allotment.gate().verify().violations())
                    .extracting(Violation::invariant)
                    .contains("rows-say-what-they-may");
        }
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "credit_accounts set balance = -1",
                "credit_accounts set held = -1",
                "credit_grants set remaining = amount + 1",
                "credit_grants set held = remaining + 1",
                "credit_grants set voided_at = now()"
            })
    void an_amount_that_none_may_have_is_refused_at_once(String change) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate("update allotment." + change))
                    .hasMessageContaining("_amounts");
        }
    }
}
