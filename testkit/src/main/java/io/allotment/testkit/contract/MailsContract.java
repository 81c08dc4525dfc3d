package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.testkit.Fixtures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Mails, for the platform alone. */
public abstract class MailsContract extends PersistenceContract {

    @Test
    void a_mail_comes_back_as_it_was_given() {
        var mail = appended();

        assertThat(found(mail)).contains(mail);
    }

    @Test
    void a_mail_is_appended_once() {
        var mail = appended();

        assertThatThrownBy(() -> inPlatform(() -> persistence.mails().append(mail)))
                .isInstanceOf(AlreadyExists.class);
    }

    @Test
    void mails_are_listed_newest_first() {
        var mails = new ArrayList<>(Stream.generate(this::appended).limit(5).toList());
        Collections.reverse(mails);

        assertListingHolds(mails, page -> inPlatform(() -> persistence.mails().list(page)));
    }

    @Test
    void those_that_wait_are_told_oldest_first_and_those_that_failed_after_them() {
        var failed = appended();
        var first = appended();
        var second = appended();
        var sent = appended();

        inPlatform(() -> {
            persistence.mails().markFailed(failed.id(), "connection refused");
            persistence.mails().markSent(sent.id(), START);
        });

        assertThat(due(failed, first, second, sent)).containsExactly(first.id(), second.id(), failed.id());
        assertThat(inPlatform(() -> persistence.mails().unsent(1))).hasSize(1);
    }

    @Test
    void a_mail_that_was_sent_keeps_no_body_and_cannot_fail_any_more() {
        var mail = appended();

        inPlatform(() -> persistence.mails().markSent(mail.id(), START));
        inPlatform(() -> persistence.mails().markFailed(mail.id(), "too late"));

        assertThat(found(mail)).contains(mail.sent(START));
        assertThat(found(mail).map(Mail::body)).contains("");
    }

    @Test
    void failures_are_counted_and_the_last_one_is_kept_until_it_is_given_up() {
        var mail = appended();

        for (int attempt = 1; attempt <= Mail.MAX_ATTEMPTS; attempt++) {
            assertThat(due(mail)).containsExactly(mail.id());
            var error = "attempt " + attempt;
            inPlatform(() -> persistence.mails().markFailed(mail.id(), error));
        }

        assertThat(due(mail)).isEmpty();
        assertThat(found(mail).map(Mail::attempts)).contains(Mail.MAX_ATTEMPTS);
        assertThat(found(mail).flatMap(Mail::lastError)).contains("attempt " + Mail.MAX_ATTEMPTS);
    }

    @Test
    void a_mail_that_is_not_there_is_not_marked() {
        var nowhere = ids.next();

        inPlatform(() -> persistence.mails().markSent(nowhere, START));
        inPlatform(() -> persistence.mails().markFailed(nowhere, "no such mail"));

        assertThat(inPlatform(() -> persistence.mails().find(nowhere))).isEmpty();
    }

    @Test
    void a_tenant_neither_sees_nor_writes_mails() {
        var mail = appended();
        var tenant = given.tenant().id();

        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().find(mail.id())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().list(PageRequest.first(10))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().unsent(10)));
        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().append(newMail())));
    }

    @Test
    void a_failed_unit_leaves_no_mail() {
        var mail = newMail();

        inPlatformThenUndone(() -> persistence.mails().append(mail));

        assertThat(found(mail)).isEmpty();
    }

    private Mail newMail() {
        return Mail.to(
                ids.next(), new Email(Fixtures.word() + "@example.org"), "Grüße", "Two lines,\nand a token.", START);
    }

    private Mail appended() {
        var mail = newMail();
        inPlatform(() -> persistence.mails().append(mail));
        return mail;
    }

    private Optional<Mail> found(Mail mail) {
        return inPlatform(() -> persistence.mails().find(mail.id()));
    }

    private List<UUID> due(Mail... ours) {
        var known = Stream.of(ours).map(Mail::id).toList();
        return inPlatform(() -> persistence.mails().unsent(100_000)).stream()
                .map(Mail::id)
                .filter(known::contains)
                .toList();
    }
}
