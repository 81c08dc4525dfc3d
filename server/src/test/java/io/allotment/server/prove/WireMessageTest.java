package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireMessageTest {

    /** A vertical bar stands for the zero byte that ends a text. */
    private static WireMessage message(char type, String body) {
        return new WireMessage(Optional.of(type), body.replace('|', '\0').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void it_is_written_as_it_was_read() throws IOException {
        var bytes = new byte[] {'Q', 0, 0, 0, 7, 'h', 'i', 0};
        var out = new ByteArrayOutputStream();

        var message = WireMessage.next(new DataInputStream(new ByteArrayInputStream(bytes)));
        message.writeTo(new DataOutputStream(out));

        assertThat(message.is('Q')).isTrue();
        assertThat(message.text(0)).isEqualTo("hi");
        assertThat(out.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void the_first_one_has_no_type() throws IOException {
        var bytes = new byte[] {0, 0, 0, 8, 0, 3, 0, 0};
        var out = new ByteArrayOutputStream();

        WireMessage.first(new DataInputStream(new ByteArrayInputStream(bytes))).writeTo(new DataOutputStream(out));

        assertThat(out.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void what_has_no_possible_length_is_no_message() {
        var bytes = new byte[] {'G', 'E', 'T', ' ', '/'};

        assertThatThrownBy(() -> WireMessage.next(new DataInputStream(new ByteArrayInputStream(bytes))))
                .isInstanceOf(IOException.class);
    }

    @Test
    void an_error_tells_its_state() {
        assertThat(message('E', "SERROR|VERROR|C40P01|Mdeadlock detected||").sqlState())
                .contains("40P01");
        assertThat(message('E', "SERROR||").sqlState()).isEmpty();
        assertThat(message('N', "SNOTICE|C00000||").sqlState()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMMIT|", "commit|", " COMMIT |"})
    void a_simple_query_commits(String body) {
        assertThat(new Commits().isCommit(message('Q', body))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ROLLBACK|", "select 'COMMIT'|", "COMMIT PREPARED 'x'|", "|", ""})
    void another_query_does_not(String body) {
        assertThat(new Commits().isCommit(message('Q', body))).isFalse();
    }

    @Test
    void a_prepared_commit_is_one_when_it_is_bound() {
        var commits = new Commits();

        assertThat(commits.isCommit(message('P', "|COMMIT|"))).isFalse();
        assertThat(commits.isCommit(message('B', "||"))).isTrue();

        assertThat(commits.isCommit(message('P', "|select 1|"))).isFalse();
        assertThat(commits.isCommit(message('B', "||"))).isFalse();
    }

    @Test
    void a_named_statement_commits_as_often_as_it_is_bound_until_it_is_closed() {
        var commits = new Commits();
        commits.isCommit(message('P', "S_1|COMMIT|"));
        commits.isCommit(message('P', "S_2|insert into t values ('COMMIT')|"));

        assertThat(commits.isCommit(message('B', "|S_2|"))).isFalse();
        assertThat(commits.isCommit(message('B', "|S_1|"))).isTrue();
        assertThat(commits.isCommit(message('B', "C_7|S_1|"))).isTrue();

        commits.isCommit(message('C', "SS_1|"));
        assertThat(commits.isCommit(message('B', "|S_1|"))).isFalse();
    }

    @Test
    void the_server_says_when_it_has_committed() {
        assertThat(Commits.isCommitted(message('C', "COMMIT|"))).isTrue();
        assertThat(Commits.isCommitted(message('C', "ROLLBACK|"))).isFalse();
        assertThat(Commits.isCommitted(message('C', "INSERT 0 1|"))).isFalse();
    }
}
