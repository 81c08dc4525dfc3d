package io.allotment.application.identity;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.identity.Attempts;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.Password;
import io.allotment.domain.identity.PasswordHasher;
import io.allotment.domain.identity.PasswordReset;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailLinks;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Passwords: compared, set and set anew. It hashes outside of units of work, so that no connection waits for it. Thread-safe.
 */
public final class PasswordService {

    private static final String RESET_PREFIX = "allot_reset_";

    private static final String MAIL = """
            Somebody asked for a new password for the account of this e-mail address.

            Whoever has this %s can set one, once, within an hour:

            %s

            If it was not you, there is nothing to do: the password stays as it is.
            """;

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final RandomGenerator secrets;
    private final Passwords passwords;
    private final SignedIn signedIn;
    private final MailLinks links;

    /** @param secrets unpredictable and thread-safe */
    public PasswordService(
            Persistence persistence,
            Ids ids,
            Moments moments,
            Acting acting,
            RandomGenerator secrets,
            Passwords passwords,
            SignedIn signedIn,
            MailLinks links) {
        this.links = links;
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.secrets = secrets;
        this.passwords = passwords;
        this.signedIn = signedIn;
    }

    /**
     * Changes the caller's own, and ends their other sessions. Refuses where the old one is wrong, as often as signing in does.
     *
     * @param session the one that goes on
     */
    public void change(String oldPassword, String newPassword, Optional<SessionId> session) {
        var id = SessionService.requireUser(acting);
        var hasher = passwords.hasher();
        var user = find(id);
        var chosen = Password.chosen("newPassword", newPassword, user.email());
        var compared = matching(user.email(), given("oldPassword", oldPassword))
                .filter(credential -> credential.userId().equals(id))
                .orElseThrow(() -> new InvalidValue("oldPassword", "is wrong"));
        var hash = hasher.hash(chosen);
        changed(
                acting,
                "password.changed",
                id,
                () -> unchanged(compared)
                        .map(before -> Credential.set(id, hash, before.addressProven(), moments.now()))
                        .orElseThrow(() -> new InvalidValue("oldPassword", "is wrong")),
                session);
    }

    /** Sets somebody's, and ends their sessions; for operators. Refuses an unknown user. */
    public void set(UserId id, String newPassword) {
        acting.requireOperator();
        var hasher = passwords.hasher();
        var hash = hasher.hash(Password.chosen("password", newPassword, find(id).email()));
        changed(acting, "password.set", id, () -> Credential.set(id, hash, true, moments.now()), Optional.empty());
    }

    /**
     * Mails a token that lets its bearer set a new password, in a link where there is a page for it. Nothing tells whether anybody has the address; for one address there
     * is one mail a minute.
     */
    public void requestReset(Email email) {
        passwords.hasher();
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .users()
                        .findByEmail(email)
                        // Requests at the same moment take turns, and somebody may have got another address meanwhile.
                        .flatMap(user -> persistence.users().lock(user.id()))
                        .filter(user -> user.active() && user.email().equals(email))
                        .ifPresent(this::mailReset));
    }

    private void mailReset(User user) {
        var now = moments.now();
        if (persistence
                .credentials()
                .lastReset(user.id())
                .filter(last -> last.isRecent(now))
                .isPresent()) {
            return;
        }
        var token = Tokens.make(RESET_PREFIX, secrets);
        persistence.credentials().insertReset(PasswordReset.created(user.id(), now), Tokens.sha256(token));
        var body = links.passwordReset()
                .map(link -> MAIL.formatted("link", link.with(token)))
                .orElseGet(() -> MAIL.formatted("token", token));
        persistence.mails().append(Mail.to(ids.next(), user.email(), "Your new password", body, now));
    }

    /**
     * Sets the password of whoever the token was mailed to, and ends their sessions. Refuses a token that is not known, was used
     * or is older than an hour.
     */
    public void confirmReset(String token, String newPassword) {
        var hasher = passwords.hasher();
        if (!Tokens.hasForm(RESET_PREFIX, token)) {
            throw unknownToken();
        }
        var digest = Tokens.sha256(token);
        var user = persistence
                .unitOfWork()
                .forPlatform(() -> valid(persistence.credentials().findReset(digest), moments.now())
                        .flatMap(reset -> persistence.users().find(reset.userId())))
                .filter(User::active)
                .orElseThrow(PasswordService::unknownToken);
        var hash = hasher.hash(Password.chosen("password", newPassword, user.email()));
        changed(
                acting.as(Caller.user(user.id(), acting.caller().origin())),
                "password.reset",
                user.id(),
                () -> {
                    valid(persistence.credentials().takeReset(digest), moments.now())
                            .orElseThrow(PasswordService::unknownToken);
                    return Credential.set(user.id(), hash, true, moments.now());
                },
                Optional.empty());
    }

    private static Optional<PasswordReset> valid(Optional<PasswordReset> reset, Instant now) {
        return reset.filter(found -> found.isValid(now));
    }

    private static InvalidValue unknownToken() {
        return new InvalidValue("token", "is not known, was used, or is older than an hour; ask for a new one");
    }

    /** Tokens for a new one that were mailed are worth nothing any more either. */
    private void changed(
            Acting author, String action, UserId user, Supplier<Credential> next, Optional<SessionId> kept) {
        persistence.unitOfWork().forPlatform(() -> {
            persistence.users().lock(user);
            persistence.credentials().save(next.get());
            persistence.credentials().deleteResets(user);
            persistence.sessions().revokeAll(user, kept, moments.now());
            author.record(AuditEvent.of(action, "user", user));
        });
        signedIn.changed();
    }

    private User find(UserId id) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.users().find(id))
                .orElseThrow(() -> new NotFound("user", id));
    }

    private static Password given(String field, String text) {
        try {
            return new Password(text);
        } catch (InvalidValue refused) {
            throw new InvalidValue(field, refused.problem());
        }
    }

    /**
     * The address's password where this is the one, and what is to be kept of it from now on; empty for a wrong one, and after the
     * same work where there is none. An attempt counts as failed until it turns out right, so that many at the same moment are
     * counted too; one that comes too soon is refused.
     */
    Optional<Credential> matching(Email email, Password given) {
        var hasher = passwords.hasher();
        var claimed = persistence.unitOfWork().forPlatform(() -> claim(email));
        if (claimed.isEmpty()) {
            passwords.compareWithNobodys(given);
            return Optional.empty();
        }
        return claimed.filter(credential -> hasher.matches(given, credential.passwordHash()))
                .flatMap(credential -> right(hasher, given, credential));
    }

    /**
     * Their password as it stands, locked until the open unit ends, where it is still the one that was compared: nobody goes on
     * with one that was replaced meanwhile.
     */
    Optional<Credential> unchanged(Credential compared) {
        return persistence
                .credentials()
                .lock(compared.userId())
                .filter(present -> present.passwordHash().equals(compared.passwordHash()));
    }

    private Optional<Credential> claim(Email email) {
        var now = moments.now();
        var credential = persistence
                .users()
                .findByEmail(email)
                .flatMap(user -> persistence.credentials().lock(user.id()));
        if (credential.isEmpty()) {
            // With as many statements, so that nobody is told by the time it takes.
            var address = Tokens.sha256(email.value());
            var attempts = persistence.credentials().lockAttempts(address);
            persistence.credentials().saveAttempts(address, Passwords.next(attempts, now));
            return Optional.empty();
        }
        var claimed = credential.get().with(Passwords.next(credential.get().attempts(), now));
        persistence.credentials().save(claimed);
        return Optional.of(claimed);
    }

    /**
     * It was no failure; and a hash that is made otherwise today is made anew. Empty where another password was set meanwhile.
     */
    private Optional<Credential> right(PasswordHasher hasher, Password given, Credential claimed) {
        var before = claimed.passwordHash();
        var after = hasher.isOutdated(before) ? hasher.hash(given) : before;
        var present = persistence.unitOfWork().forPlatform(() -> {
            var kept = unchanged(claimed)
                    .map(credential -> credential.rehashed(after).with(Attempts.NONE));
            kept.ifPresent(persistence.credentials()::save);
            return kept.or(() -> persistence.credentials().lock(claimed.userId()));
        });
        // What took its place may be the same password, hashed anew by somebody who signed in at the same moment.
        return present.filter(credential ->
                credential.passwordHash().equals(after) || hasher.matches(given, credential.passwordHash()));
    }
}
