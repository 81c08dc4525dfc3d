package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.TestDatabase;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.jdbc.PgArray;

class BinaryArrayTest {

    private static final UUID[] IDS = {
        UUID.fromString("00000000-0000-0000-0000-000000000000"),
        null,
        UUID.fromString("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    };

    private static final BigDecimal[] NUMBERS = Stream.of(
                    "0",
                    "1",
                    "-1",
                    "0.5",
                    "-0.000001",
                    "0.00010000",
                    "1.50",
                    "9999",
                    "10000",
                    "10001",
                    "99999999.9999",
                    "1234567890123456789012345678.123456",
                    "-999999999999999999.999999",
                    "120000000",
                    "1E+3",
                    "-1.2E+10",
                    "100",
                    "1000000000000000000000000",
                    null,
                    "0.000")
            .map(number -> number == null ? null : new BigDecimal(number))
            .toArray(BigDecimal[]::new);

    private static TestDatabase database;

    @BeforeAll
    static void create() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void close() {
        database.close();
    }

    /** More often than the driver takes to prepare a statement; the second connection sends values within the text. */
    @ParameterizedTest
    @ValueSource(strings = {"extended", "simple"})
    void what_is_sent_comes_back_to_the_last_digit(String mode) throws SQLException {
        try (var connection = connect(mode)) {
            for (int i = 0; i < 10; i++) {
                assertThat(sent(connection, "uuid", IDS)).isEqualTo(texts(IDS));
                assertThat(sent(connection, "numeric", NUMBERS)).isEqualTo(texts(NUMBERS));
                assertThat(sent(connection, "uuid", new UUID[0])).isEmpty();
                assertThat(sent(connection, "numeric", new BigDecimal[0])).isEmpty();
                assertThat(sent(connection, "text", new String[] {"a", null, "{\"b\"}"}))
                        .containsExactly("a", null, "{\"b\"}");
            }
        }
    }

    @Test
    void a_connection_that_is_not_the_drivers_is_asked_to_make_the_array() throws SQLException {
        try (var connection = connect("extended")) {
            var another = (Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, given) -> {
                        return method.getName().equals("isWrapperFor") ? false : method.invoke(connection, given);
                    });
            assertThat(sent(another, "uuid", IDS)).isEqualTo(texts(IDS));
            assertThat(sent(another, "numeric", NUMBERS)).isEqualTo(texts(NUMBERS));
        }
    }

    @Test
    void uuids_and_numbers_go_as_they_are_and_not_as_text() throws SQLException {
        try (var connection = connect("extended")) {
            assertThat(((PgArray) BinaryArray.of(connection, "uuid", IDS)).toBytes())
                    .hasSize(20 + 4 * 4 + 3 * 16);
            assertThat(((PgArray) BinaryArray.of(connection, "numeric", NUMBERS)).toBytes())
                    .isNotNull();
        }
    }

    private static Connection connect(String mode) throws SQLException {
        return DriverManager.getConnection(
                database.jdbcUrl() + (database.jdbcUrl().contains("?") ? "&" : "?") + "preferQueryMode=" + mode,
                "allotment_app",
                database.appPassword());
    }

    private static List<String> sent(Connection connection, String type, Object[] values) throws SQLException {
        var texts = new ArrayList<String>();
        try (var query = connection.prepareStatement("select unnest(?::" + type + "[])::text")) {
            query.setArray(1, BinaryArray.of(connection, type, values));
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    texts.add(rows.getString(1));
                }
            }
        }
        return texts;
    }

    private static List<String> texts(Object[] values) {
        return Stream.of(values)
                .map(value -> value instanceof BigDecimal number
                        ? number.toPlainString()
                        : value == null ? null : value.toString())
                .toList();
    }
}
