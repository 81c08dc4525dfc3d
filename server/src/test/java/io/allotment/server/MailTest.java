package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.shared.UuidV7;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.notification.LinkTemplate;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailLinks;
import io.allotment.domain.notification.MailRefused;
import io.allotment.domain.notification.MailTransport;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.signin.SignIn;
import io.allotment.testkit.TestClock;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MailTest {

    private final TestClock clock = TestClock.at("2026-03-10T10:00:00Z");
    private final InMemoryPersistence persistence = new InMemoryPersistence();
    private final Allotment allotment = Allotment.with(persistence).clock(clock).build();
    private final UuidV7 ids = new UuidV7(clock, new SecureRandom());
    private final List<String> sent = new ArrayList<>();
    private boolean away;

    private final MailTransport server = mail -> {
        if (away || mail.subject().equals("refused")) {
            throw new MailRefused("the server is away", null);
        }
        sent.add(mail.subject());
    };

    @Test
    void a_mail_holds_a_link_where_there_is_a_page_for_its_token() {
        var linking = Allotment.with(persistence)
                .clock(clock)
                .passwords(SignIn.argon2id())
                .mailLinks(new MailLinks(
                        Optional.of(new LinkTemplate("https://a.example/join#token={token}")),
                        Optional.of(new LinkTemplate("https://a.example/password/{token}?from=mail"))))
                .build();
        var ada = new Email("ada@example.org");
        linking.users().create(ada, "Ada");
        var tenant = linking.tenants().create(TenantProfile.of("Acme", "acme")).id();

        linking.passwords().requestReset(ada);
        var invited = linking.invitations()
                .invite(tenant, new InvitationService.Wanted(ada, SystemRole.MEMBER.key(), Duration.ofDays(1)));

        var mails = linking.mails().list(PageRequest.first(2)).items();
        assertThat(mails.get(0).body())
                .contains("and open this link:\n\n    https://a.example/join#token=" + invited.token() + "\n");
        assertThat(mails.get(1).body())
                .containsPattern(
                        "this link .*\n\nhttps://a\\.example/password/allot_reset_[0-9A-Za-z]{43}\\?from=mail\n");
    }

    @Test
    void what_waits_is_sent_once_in_its_order() {
        mail("first");
        mail("second");
        var delivery = allotment.mailDelivery(server);

        assertThat(delivery.deliver()).isEqualTo(2);
        assertThat(delivery.deliver()).isZero();

        assertThat(sent).containsExactly("first", "second");
    }

    @Test
    void a_mail_that_fails_waits_longer_each_time_and_holds_up_no_other() {
        var refused = mail("refused");
        var delivery = allotment.mailDelivery(server);
        delivery.deliver();
        mail("fine");

        for (int seconds = 10, attempts = 1; attempts < Mail.MAX_ATTEMPTS; seconds *= 2, attempts++) {
            clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
            delivery.deliver();
            assertThat(allotment.mails().get(refused.id()).attempts()).isEqualTo(attempts);
            clock.advance(Duration.ofMillis(1));
            delivery.deliver();
            assertThat(allotment.mails().get(refused.id()).attempts()).isEqualTo(attempts + 1);
        }

        clock.advance(Duration.ofDays(1));
        delivery.deliver();
        assertThat(allotment.mails().get(refused.id()).attempts()).isEqualTo(Mail.MAX_ATTEMPTS);
        assertThat(allotment.mails().get(refused.id()).lastError()).contains("the server is away");
        assertThat(sent).containsExactly("fine");
    }

    @Test
    void of_several_processes_one_sends_a_mail() {
        mail("first");
        var others = allotment.mailDelivery(server);
        var delivery = allotment.mailDelivery(mail -> {
            assertThat(others.deliver()).isZero();
            server.send(mail);
        });

        assertThat(delivery.deliver()).isOne();
        assertThat(others.deliver()).isZero();

        assertThat(sent).containsExactly("first");
    }

    @Test
    void a_mail_that_failed_waits_in_every_process() {
        var refused = mail("refused");

        allotment.mailDelivery(server).deliver();
        allotment.mailDelivery(server).deliver();

        assertThat(allotment.mails().get(refused.id()).attempts()).isOne();
    }

    @Test
    void a_mail_of_a_process_that_was_killed_is_sent_by_another() {
        mail("first");
        var killed = allotment.mailDelivery(mail -> {
            throw new IllegalStateException("killed");
        });
        assertThatThrownBy(killed::deliver).hasMessage("killed");
        var delivery = allotment.mailDelivery(server);

        clock.advance(Duration.ofMinutes(5).minusMillis(1));
        assertThat(delivery.deliver()).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(delivery.deliver()).isOne();
    }

    @Test
    void what_could_not_be_sent_is_when_the_server_is_back() {
        mail("first");
        var delivery = allotment.mailDelivery(server);
        away = true;
        delivery.deliver();

        away = false;
        clock.advance(Duration.ofSeconds(10));
        delivery.deliver();

        assertThat(sent).containsExactly("first");
    }

    @Test
    void without_a_server_each_mail_is_named_once() {
        var waiting = new MailWatch.Waiting(allotment);
        assertThat(waiting.newOnes()).isEmpty();
        var first = mail("first");
        var second = mail("second");

        assertThat(waiting.newOnes()).containsExactly(first, second);
        assertThat(waiting.newOnes()).isEmpty();
        var third = mail("third");
        assertThat(waiting.newOnes()).containsExactly(third);
    }

    private Mail mail(String subject) {
        var mail = Mail.to(ids.next(), new Email("ada@example.org"), subject, "Hello", clock.instant());
        persistence.unitOfWork().forPlatform(() -> persistence.mails().append(mail));
        return mail;
    }
}
