package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.persistence.jooq.JooqPersistence;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

class ProofDatabaseTest {

    private static ProofDatabase at(String url) {
        return new ProofDatabase(new JooqPersistence.Settings(url, "a", "p", 1), Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslmode=require",
                "sslmode=verify-full",
                "ssl=true",
                "gssEncMode=require",
                "channelBinding=require"
            })
    void a_url_that_demands_encryption_is_refused(String demand) {
        assertThatThrownBy(() -> at("jdbc:postgresql://db.example/proof?" + demand))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("demands that connections are encrypted")
                .hasMessageContaining("say sslmode=prefer");
    }

    @Test
    void of_several_servers_none_is_chosen() {
        assertThatThrownBy(() -> at("jdbc:postgresql://one.example:5432,other.example:5432/proof"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("several servers");
    }

    @Test
    void a_server_that_takes_no_plain_text_is_no_finding_but_refused() {
        assertThatThrownBy(() -> at("jdbc:postgresql://127.0.0.1:1/proof").requirePlainText())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("takes no connections in plain text");
    }

    @Test
    void a_proxy_gets_all_that_the_url_says_but_for_the_place_and_encryption() {
        var database = at("jdbc:postgresql://db.example/my%20proof?sslmode=prefer&connectTimeout=7"
                + "&options=-c%20statement_timeout%3D5s");

        var proxied = Driver.parseURL(database.plain("127.0.0.1", 4711, "lock_timeout=60"), null);

        assertThat(proxied)
                .containsEntry("PGHOST", "127.0.0.1")
                .containsEntry("PGPORT", "4711")
                .containsEntry("PGDBNAME", "my proof")
                .containsEntry("sslmode", "disable")
                .containsEntry("gssEncMode", "disable")
                .containsEntry("connectTimeout", "7")
                .containsEntry("options", "-c statement_timeout=5s -c lock_timeout=60");
        assertThat(database.address().getHostString()).isEqualTo("db.example");
        assertThat(database.address().getPort()).isEqualTo(5432);
    }
}
