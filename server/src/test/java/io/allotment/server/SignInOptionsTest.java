package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.signin.SignIn;
import io.allotment.signin.SignIn.Issuer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class SignInOptionsTest {

    private static final String SECRET = "a-secret-of-thirty-two-bytes-or-more";

    @Command
    private static final class Alone {
        @Mixin
        private final SignInOptions options;

        private Alone(Surroundings surroundings) {
            options = new SignInOptions(surroundings);
        }
    }

    @Test
    void nobody_outside_is_trusted_and_nobody_signs_up_where_nothing_is_said() {
        assertThat(settings(Map.of())).isEqualTo(SignInOptions.Settings.NONE);
    }

    @Test
    void the_pages_that_mails_link_to_are_told_by_kind() {
        var settings = settings(Map.of("ALLOTMENT_INVITATION_LINK", "https://a.example/join#token={token}"));

        assertThat(settings.links().invitation().orElseThrow().with("allot_invite_x"))
                .isEqualTo("https://a.example/join#token=allot_invite_x");
        assertThat(settings.links().passwordReset()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://a.example/", "https://a.example/{token}/{token}", "/join?{token}", "ftp://a/{token}"})
    void a_page_without_a_place_for_a_token_is_refused(String address) {
        assertThatThrownBy(() -> settings(Map.of("ALLOTMENT_PASSWORD_RESET_LINK", address)))
                .isInstanceOf(CommandFailed.class)
                .hasMessageStartingWith("--password-reset-link: address must ");
    }

    @Test
    void issuers_are_listed_with_all_that_can_be_said_of_them() {
        var settings = settings(Map.of(
                "ALLOTMENT_OIDC_ISSUERS",
                " https://a.example/|us  https://b.example|us,them|90|verified ",
                "ALLOTMENT_JWT_SECRETS",
                "https://c.example|authenticated|" + SECRET,
                "ALLOTMENT_GOOGLE_CLIENT_ID",
                "client"));

        assertThat(settings.issuers())
                .containsExactly(
                        Issuer.of("https://a.example/", "us"),
                        new Issuer(
                                "https://b.example",
                                List.of("us", "them"),
                                Duration.ofSeconds(90),
                                Optional.empty(),
                                true),
                        Issuer.sharing(SECRET, "https://c.example", "authenticated"),
                        Issuer.of(SignIn.GOOGLE, "client"));
    }

    @Test
    void the_command_line_comes_before_the_environment() {
        assertThat(settings(Map.of("ALLOTMENT_SIGN_UP", "open")).signUpOpen()).isTrue();
        assertThat(settings(Map.of("ALLOTMENT_SIGN_UP", "open"), "--sign-up", "closed")
                        .signUpOpen())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://a.example",
                "https://a.example|",
                "http://a.example|us",
                "https://a.example|us|soon",
                "https://a.example|us|601",
                "https://a.example|us|60|unverified",
                "https://a.example|us https://a.example|them"
            })
    void what_is_no_issuer_is_refused_in_a_sentence(String list) {
        assertThatThrownBy(() -> settings(Map.of("ALLOTMENT_OIDC_ISSUERS", list)))
                .isInstanceOf(CommandFailed.class)
                .hasMessageEndingWith(".");
    }

    @Test
    void a_secret_is_not_repeated_when_it_is_refused() {
        assertThatThrownBy(() -> settings(Map.of("ALLOTMENT_JWT_SECRETS", "https://c.example|us|tooshort")))
                .isInstanceOf(CommandFailed.class)
                .hasMessageNotContaining("tooshort");
        assertThatThrownBy(() -> settings(Map.of(
                        "ALLOTMENT_SMTP_URL", "smtp://user:pass word@host", "ALLOTMENT_MAIL_FROM", "a@b.example")))
                .isInstanceOf(CommandFailed.class)
                .hasMessageNotContaining("pass word");
    }

    @Test
    void a_mail_server_needs_a_sender() {
        var server = Map.of("ALLOTMENT_SMTP_URL", "smtp://127.0.0.1:2525");
        assertThatThrownBy(() -> settings(server)).isInstanceOf(CommandFailed.class);

        var both = new HashMap<>(server);
        both.put("ALLOTMENT_MAIL_FROM", "Acme <noreply@acme.example>");
        assertThat(settings(both).mail()).isPresent();
    }

    private static SignInOptions.Settings settings(Map<String, String> environment, String... arguments) {
        var surroundings = new Surroundings(environment, false);
        var alone = new Alone(surroundings);
        new CommandLine(alone)
                .setDefaultValueProvider(new EnvironmentDefaults(surroundings))
                .parseArgs(arguments);
        return alone.options.settings();
    }
}
