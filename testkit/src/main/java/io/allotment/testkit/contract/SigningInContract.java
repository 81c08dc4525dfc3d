package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.access.Caller;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.ExternalIdentity;
import io.allotment.domain.identity.Password;
import io.allotment.domain.identity.PasswordHasher;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.SignInFailed;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Throttled;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets in while something is changed that lets them in, and what the log says of it. */
public abstract class SigningInContract extends PersistenceContract {

    private static final String OLD = "analytical engine";
    private static final String NEW = "difference engine";
    private static final Pattern TOKEN = Pattern.compile("[a-z]+_reset_[0-9A-Za-z]{43}");

    private final Hasher hasher = new Hasher();
    private Allotment open;
    private User ada;

    /** Keeps passwords as they are, and lets something happen while it is at work. */
    private static final class Hasher implements PasswordHasher {

        private final AtomicInteger hashes = new AtomicInteger();
        private final AtomicReference<Runnable> whileHashing = new AtomicReference<>();
        private final AtomicReference<Runnable> whileComparing = new AtomicReference<>();

        @Override
        public String hash(Password password) {
            once(whileHashing);
            return "made " + hashes.incrementAndGet() + " of " + password.value();
        }

        @Override
        public boolean matches(Password password, String hash) {
            once(whileComparing);
            return hash.endsWith(" of " + password.value());
        }

        @Override
        public boolean isOutdated(String hash) {
            return hash.startsWith("long ago ");
        }

        private static void once(AtomicReference<Runnable> happening) {
            var what = happening.getAndSet(null);
            if (what != null) {
                what.run();
            }
        }
    }

    @BeforeEach
    void somebody_with_a_password() {
        open = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .passwords(hasher)
                .tokens(jwt -> Optional.of(new ExternalIdentity(
                        "https://issuer.example", jwt, Optional.of(new Email(jwt)), true, Optional.empty())))
                .signUpOpen(true)
                .build();
        ada = given.user();
        open.passwords().set(ada.id(), OLD);
    }

    @Test
    void a_sign_in_that_is_under_way_does_not_survive_a_reset() {
        var token = mailedToken();
        hasher.whileComparing.set(() -> open.passwords().confirmReset(token, NEW));

        assertThatThrownBy(() -> open.signIn().byPassword(ada.email(), OLD)).isInstanceOf(SignInFailed.class);

        assertThat(sessions()).isEmpty();
        open.signIn().byPassword(ada.email(), NEW);
    }

    @Test
    void an_address_that_nobody_has_is_throttled_like_one_that_somebody_has_and_by_every_process() {
        var unknown = new Email(Fixtures.word() + "@example.org");
        var withoutPassword = given.user().email();
        var addresses = List.of(ada.email(), unknown, withoutPassword);
        for (var address : addresses) {
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> open.signIn().byPassword(address, NEW)).isInstanceOf(SignInFailed.class);
            }
        }

        var restarted = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .passwords(hasher)
                .build();
        for (var address : addresses) {
            assertThatThrownBy(() -> restarted.signIn().byPassword(address, NEW))
                    .isInstanceOfSatisfying(
                            Throttled.class,
                            refusal -> assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1)));
        }
        clock.advance(Duration.ofSeconds(1));
        for (var address : addresses) {
            assertThatThrownBy(() -> restarted.signIn().byPassword(address, NEW))
                    .isInstanceOf(SignInFailed.class);
            assertThatThrownBy(() -> open.signIn().byPassword(address, NEW)).isInstanceOf(Throttled.class);
        }
    }

    @Test
    void a_reset_to_the_same_password_lets_a_sign_in_go_on() {
        var token = mailedToken();
        hasher.whileComparing.set(() -> open.passwords().confirmReset(token, OLD));

        open.signIn().byPassword(ada.email(), OLD);

        assertThat(sessions()).hasSize(1);
    }

    @Test
    void of_two_who_sign_in_while_the_hash_is_outdated_both_get_in() {
        inPlatform(() ->
                persistence.credentials().save(Credential.set(ada.id(), "long ago of " + OLD, true, clock.instant())));
        hasher.whileComparing.set(() -> open.signIn().byPassword(ada.email(), OLD));

        open.signIn().byPassword(ada.email(), OLD);

        assertThat(sessions()).hasSize(2);
        assertThat(credential().passwordHash()).startsWith("made ");
    }

    @Test
    void a_change_of_the_password_that_is_under_way_does_not_undo_a_reset() {
        var token = mailedToken();
        hasher.whileHashing.set(() -> open.passwords().confirmReset(token, NEW));
        var asAda = open.as(Caller.user(ada.id(), Origin.HERE));

        assertThatThrownBy(() -> asAda.passwords().change(OLD, "a third engine", Optional.empty()))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("oldPassword"));

        open.signIn().byPassword(ada.email(), NEW);
    }

    @Test
    void a_sign_in_with_the_old_address_does_not_survive_another_address() {
        hasher.whileComparing.set(this::readdress);

        assertThatThrownBy(() -> open.signIn().byPassword(ada.email(), OLD)).isInstanceOf(SignInFailed.class);

        assertThat(sessions()).isEmpty();
    }

    @Test
    void another_address_ends_what_the_old_mailbox_lets_in() {
        var token = mailedToken();
        var session = open.signIn().byPassword(ada.email(), OLD).token();
        assertThat(open.sessions().verify(session, Origin.HERE)).isPresent();

        var now = readdress();

        assertThatThrownBy(() -> open.passwords().confirmReset(token, NEW)).isInstanceOf(InvalidValue.class);
        assertThat(open.sessions().verify(session, Origin.HERE)).isEmpty();
        assertThat(sessions()).isEmpty();
        assertThat(credential().addressProven()).isFalse();
        open.signIn().byPassword(now, OLD);
    }

    @Test
    void the_same_address_again_ends_nothing() {
        var token = mailedToken();
        open.signIn().byPassword(ada.email(), OLD);

        open.users().update(ada.id(), Optional.empty(), Optional.of(ada.email()), profile -> profile);

        assertThat(sessions()).hasSize(1);
        assertThat(credential().addressProven()).isTrue();
        open.passwords().confirmReset(token, NEW);
    }

    @Test
    void of_many_who_ask_for_a_new_password_at_the_same_moment_one_is_mailed() {
        Together.values(Together.run(6, thread -> {
            open.passwords().requestReset(ada.email());
            return thread;
        }));

        assertThat(mails()).hasSize(1);
    }

    @Test
    void the_log_says_who_became_a_user_and_set_a_password() {
        var email = new Email(Fixtures.word() + "@example.org");
        var user = open.signIn().signUp(email, OLD, "Ada", Optional.empty()).user();

        assertThat(log(user.id()))
                .extracting(entry -> entry.event().action())
                .containsExactlyInAnyOrder("user.created", "password.set");
        assertThat(log(user.id())).allSatisfy(entry -> {
            assertThat(entry.actor().member()).contains(user.id());
            assertThat(entry.personal().orElseThrow().values().fields()).containsEntry("email", email.value());
            assertThat(entry.toString()).doesNotContain(OLD);
        });
        assertThat(log(given.user().id()))
                .extracting(entry -> entry.event().action())
                .containsExactly("user.created");
    }

    @Test
    void the_log_says_that_a_password_was_dropped_when_the_addresss_owner_came() {
        var email = new Email(Fixtures.word() + "@example.org");
        var user = open.signIn().signUp(email, OLD, "Ada", Optional.empty()).user();

        open.signIn().byToken(email.value());

        assertThat(log(user.id()))
                .extracting(entry -> entry.event().action())
                .containsExactlyInAnyOrder("user.created", "password.set", "password.dropped", "identity.linked");
        assertThat(inPlatform(() -> persistence.credentials().lock(user.id()))).isEmpty();
    }

    private Email readdress() {
        var other = new Email(Fixtures.word() + "@example.org");
        open.users().update(ada.id(), Optional.empty(), Optional.of(other), profile -> profile);
        return other;
    }

    private String mailedToken() {
        open.passwords().requestReset(ada.email());
        var token = TOKEN.matcher(mails().get(0).body());
        assertThat(token.find()).isTrue();
        return token.group();
    }

    private List<Mail> mails() {
        return allPages(PageRequest.MAX_LIMIT, open.mails()::list).stream()
                .filter(mail -> mail.recipient().equals(ada.email()))
                .toList();
    }

    private List<Session> sessions() {
        return inPlatform(() -> persistence.sessions().list(ada.id(), clock.instant(), PageRequest.first(10)))
                .items();
    }

    private Credential credential() {
        return inPlatform(() -> persistence.credentials().lock(ada.id())).orElseThrow();
    }

    private List<AuditEntry> log(UserId user) {
        var ofUser = new AuditFilter(
                TimeRange.ALL,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("user"),
                Optional.of(user.toString()));
        return open.audit().listPlatform(ofUser, PageRequest.first(10)).items();
    }
}
