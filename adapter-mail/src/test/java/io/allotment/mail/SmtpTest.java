package io.allotment.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailRefused;
import io.allotment.domain.shared.Email;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SmtpTest {

    private static final Mail MAIL = Mail.to(
            UUID.fromString("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02"),
            new Email("ada@example.org"),
            "Grüße",
            "Here is your token:\n.dotted\n",
            Instant.parse("2026-03-10T10:00:00Z"));

    private final SmtpDouble server = SmtpDouble.start();

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void a_mail_arrives_with_an_id_that_stays_the_same() throws InterruptedException {
        var smtp = Smtp.of("smtp://127.0.0.1:" + server.port(), "Allotment <noreply@example.net>");

        smtp.send(MAIL);
        smtp.send(MAIL);

        var first = server.take();
        assertThat(first)
                .contains(
                        "From: Allotment <noreply@example.net>",
                        "To: ada@example.org",
                        "Message-ID: <0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02@example.net>",
                        "Auto-Submitted: auto-generated",
                        "Here is your token:",
                        "..dotted");
        assertThat(first).anyMatch(line -> line.startsWith("Subject: =?UTF-8?"));
        assertThat(server.take()).contains("Message-ID: <0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02@example.net>");
    }

    @Test
    void user_and_password_are_told_where_they_are_given() throws InterruptedException {
        Smtp.of("smtp://us%40example.net:p%2Fss+word@127.0.0.1:" + server.port(), "noreply@example.net")
                .send(MAIL);

        server.take();
        assertThat(server.commands())
                .filteredOn(command -> command.startsWith("AUTH PLAIN "))
                .extracting(command -> new String(
                        Base64.getDecoder().decode(command.substring("AUTH PLAIN ".length())), StandardCharsets.UTF_8))
                .singleElement()
                .asString()
                .endsWith("\0us@example.net\0p/ss+word");
    }

    @Test
    void what_the_server_refuses_is_told_in_its_words() {
        server.refuse("550 no such mailbox");
        var smtp = Smtp.of("smtp://127.0.0.1:" + server.port(), "noreply@example.net");

        assertThatThrownBy(() -> smtp.send(MAIL))
                .isInstanceOf(MailRefused.class)
                .hasMessageContaining("550 no such mailbox")
                .hasMessageNotContaining("token");
        assertThat(server.isEmpty()).isTrue();
    }

    @Test
    void a_server_that_is_away_is_told_too() throws IOException {
        var smtp = Smtp.of("smtp://127.0.0.1:" + server.port(), "noreply@example.net");
        server.close();

        assertThatThrownBy(() -> smtp.send(MAIL)).isInstanceOf(MailRefused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mail.example.org",
                "http://mail.example.org",
                "smtp:///nowhere",
                "smtp://user@mail.example.org",
                "smtp://user:secret word@mail.example.org"
            })
    void what_is_no_mail_server_is_refused_without_repeating_it(String url) {
        assertThatThrownBy(() -> Smtp.of(url, "noreply@example.net"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret word");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nobody", "a@b@c", "noreply@example.net\r\nBcc: eve@example.org"})
    void what_is_no_sender_is_refused(String sender) {
        assertThatThrownBy(() -> Smtp.of("smtp://127.0.0.1:25", sender)).isInstanceOf(IllegalArgumentException.class);
    }
}
