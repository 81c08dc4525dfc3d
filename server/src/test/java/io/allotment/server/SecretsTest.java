package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

    @ParameterizedTest
    @CsvSource({
        "no driver for jdbc:postgresql://h/d?user=a&password=s3c&ssl=true here,"
                + " no driver for jdbc:postgresql://h/d?user=a&password=***&ssl=true here",
        "'jdbc:postgresql://h/d?password=s3c', jdbc:postgresql://h/d?password=***",
        "PASSWORD=s3c, PASSWORD=***",
        "postgres://a:s3c@h/d, postgres://a:***@h/d",
        "http://127.0.0.1:8080/docs, http://127.0.0.1:8080/docs",
        "nothing to hide, nothing to hide",
    })
    void passwords_in_urls_are_masked_and_nothing_else(String text, String masked) {
        assertThat(Secrets.masked(text)).isEqualTo(masked);
    }

    @Test
    void what_holds_credentials_does_not_print_them() {
        var address = DatabaseAddress.parse("jdbc:postgresql://h:5433/d?user=owner&password=s3c%26&ssl=true");

        assertThat(address.toString()).isEqualTo("h:5433/d");
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://h:5433/d?ssl=true");
        assertThat(address.owner()).contains("owner");
        assertThat(address.ownerPassword()).contains("s3c&");
    }
}
