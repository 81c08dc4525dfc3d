package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyDigestTest {

    @Test
    void the_database_makes_the_same_of_a_key() throws SQLException {
        var everyCharacter =
                IntStream.rangeClosed('!', '~').mapToObj(Character::toString).collect(Collectors.joining());
        try (var database = TestDatabase.create();
                var connection = database.owner().getConnection();
                var digest = connection.prepareStatement("select allotment.key_digest(?)::text")) {
            digest.setString(1, everyCharacter);
            try (var rows = digest.executeQuery()) {
                rows.next();

                assertThat(rows.getString(1))
                        .isEqualTo(
                                KeyDigest.of(new IdempotencyKey(everyCharacter)).toString());
            }
        }
    }
}
