package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.testkit.Fixtures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Mails, for the platform alone. */
public abstract class MailsContract extends PersistenceContract {

    private static final int ALL = 100_000;
    private static final Instant UNTIL = START.plusSeconds(60);

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
    void those_that_wait_are_given_oldest_first_and_those_that_failed_after_them() {
        var failed = appended();
        var first = appended();
        var second = appended();
        var sent = appended();

        inPlatform(() -> {
            persistence.mails().markFailed(failed.id(), "connection refused", START);
            persistence.mails().markSent(sent.id(), START);
        });

        assertThat(claimed(START, failed, first, second, sent)).containsExactly(first.id(), second.id(), failed.id());
    }

    @Test
    void no_more_are_given_than_were_asked_for() {
        appended();
        appended();

        assertThat(inPlatform(() -> persistence.mails().claim(1, START, UNTIL))).hasSize(1);
    }

    @Test
    void a_mail_that_was_given_is_given_again_when_its_claim_has_ended() {
        var mail = appended();

        assertThat(claimed(START, mail)).containsExactly(mail.id());

        assertThat(claimed(UNTIL.minusMillis(1), mail)).isEmpty();
        assertThat(claimed(UNTIL, mail)).containsExactly(mail.id());
    }

    @Test
    void a_mail_that_failed_is_given_again_at_its_time_whatever_its_claim_was() {
        var mail = appended();
        var next = START.plusSeconds(10);
        claimed(START, mail);

        inPlatform(() -> persistence.mails().markFailed(mail.id(), "connection refused", next));

        assertThat(claimed(next.minusMillis(1), mail)).isEmpty();
        assertThat(claimed(next, mail)).containsExactly(mail.id());
    }

    @Test
    void a_claim_that_is_undone_leaves_the_mail_to_others() {
        var mail = appended();

        inPlatformThenUndone(() -> persistence.mails().claim(ALL, START, UNTIL));

        assertThat(claimed(START, mail)).containsExactly(mail.id());
    }

    @Test
    void of_several_that_claim_at_once_each_gets_other_mails() {
        var mails = Stream.generate(this::appended).limit(20).map(Mail::id).toList();

        var given = Together.values(Together.run(4, thread -> allClaimed(3)));

        assertThat(given.stream().flatMap(List::stream).filter(mails::contains))
                .containsExactlyInAnyOrderElementsOf(mails);
    }

    @Test
    void a_mail_that_was_sent_keeps_no_body_and_cannot_fail_any_more() {
        var mail = appended();

        inPlatform(() -> persistence.mails().markSent(mail.id(), START));
        inPlatform(() -> persistence.mails().markFailed(mail.id(), "too late", START));

        assertThat(found(mail)).contains(mail.sent(START));
        assertThat(found(mail).map(Mail::body)).contains("");
    }

    @Test
    void failures_are_counted_and_the_last_one_is_kept_until_it_is_given_up() {
        var mail = appended();

        for (int attempt = 1; attempt <= Mail.MAX_ATTEMPTS; attempt++) {
            assertThat(claimed(START, mail)).containsExactly(mail.id());
            var error = "attempt " + attempt;
            inPlatform(() -> persistence.mails().markFailed(mail.id(), error, START));
        }

        assertThat(claimed(UNTIL, mail)).isEmpty();
        assertThat(found(mail).map(Mail::attempts)).contains(Mail.MAX_ATTEMPTS);
        assertThat(found(mail).flatMap(Mail::lastError)).contains("attempt " + Mail.MAX_ATTEMPTS);
    }

    @Test
    void a_mail_that_is_not_there_is_not_marked() {
        var nowhere = ids.next();

        inPlatform(() -> persistence.mails().markSent(nowhere, START));
        inPlatform(() -> persistence.mails().markFailed(nowhere, "no such mail", START));

        assertThat(inPlatform(() -> persistence.mails().find(nowhere))).isEmpty();
    }

    @Test
    void a_tenant_neither_sees_nor_writes_mails() {
        var mail = appended();
        var tenant = given.tenant().id();

        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().find(mail.id())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().list(PageRequest.first(10))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.mails().claim(10, START, UNTIL)));
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

    /** So many at a time, until there are no more. */
    private List<UUID> allClaimed(int limit) {
        var all = new ArrayList<UUID>();
        List<Mail> some;
        do {
            some = inPlatform(() -> persistence.mails().claim(limit, START, UNTIL));
            some.forEach(mail -> all.add(mail.id()));
        } while (!some.isEmpty());
        return all;
    }

    /** Of ours those that are given then, in that order; all others that are due are taken too. */
    private List<UUID> claimed(Instant now, Mail... ours) {
        var known = Stream.of(ours).map(Mail::id).toList();
        return inPlatform(() -> persistence.mails().claim(ALL, now, UNTIL)).stream()
                .map(Mail::id)
                .filter(known::contains)
                .toList();
    }
}
