package io.allotment.application.identity;

import io.allotment.application.access.Acting;
import io.allotment.application.identity.SessionService.Issued;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.ExternalIdentity;
import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.identity.Password;
import io.allotment.domain.identity.SignInFailed;
import io.allotment.domain.identity.TokenVerifier;
import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Shows who somebody is: by a password, or by a token of an outside issuer that is trusted. Open to everybody; refuses alike
 * whatever is wrong. Thread-safe.
 */
public final class SignInService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final SessionService sessions;
    private final PasswordService passwordService;
    private final Passwords passwords;
    private final Optional<TokenVerifier> tokens;
    private final boolean signUpOpen;
    private final SignedIn signedIn;

    /**
     * @param tokens empty where no outside issuer is trusted
     * @param signUpOpen whether anybody may become a user
     */
    public SignInService(
            Persistence persistence,
            Ids ids,
            Moments moments,
            Acting acting,
            SessionService sessions,
            PasswordService passwordService,
            Passwords passwords,
            Optional<TokenVerifier> tokens,
            boolean signUpOpen,
            SignedIn signedIn) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.sessions = sessions;
        this.passwordService = passwordService;
        this.passwords = passwords;
        this.tokens = tokens;
        this.signUpOpen = signUpOpen;
        this.signedIn = signedIn;
    }

    /**
     * Begins a session. Refuses an unknown address and a wrong password alike ({@link SignInFailed}), and attempts that follow too
     * soon on many that failed ({@code Throttled}).
     */
    public Issued byPassword(Email email, String password) {
        var credential = passwordService.matching(email, new Password(password)).orElseThrow(SignInFailed::password);
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .users()
                        .lock(credential.userId())
                        .filter(user -> user.active() && user.email().equals(email))
                        .filter(user -> passwordService.unchanged(credential).isPresent())
                        .map(user -> sessions.begin(user, acting.caller().origin()))
                        .orElseThrow(SignInFailed::password));
    }

    /**
     * Begins a session for whoever the token names, whom it makes a user where they are none yet.
     *
     * <p>Who is known already by the address that the issuer vouches for is that user from now on. An address that it does not
     * vouch for proves nothing: who is known by no other means is refused ({@link Forbidden}).
     */
    public Issued byToken(String jwt) {
        var identity = tokens.flatMap(verifier -> verifier.verify(jwt)).orElseThrow(SignInFailed::token);
        return identified(identity, user -> sessions.begin(user, acting.caller().origin()));
    }

    /** Whose token of an outside issuer it is; empty for one that {@link #byToken} refuses. Kept for a second. */
    public Optional<Caller> verify(String jwt, Origin origin) {
        if (tokens.isEmpty()) {
            return Optional.empty();
        }
        var now = moments.now();
        return signedIn.of(jwt, now, () -> read(jwt, now)).map(standing -> standing.caller(origin));
    }

    private Optional<SignedIn.Standing> read(String jwt, Instant now) {
        return tokens.flatMap(verifier -> verifier.verify(jwt)).flatMap(identity -> {
            try {
                return Optional.of(identified(identity, user -> standing(user, now)));
            } catch (SignInFailed | Forbidden refused) {
                return Optional.empty();
            }
        });
    }

    private SignedIn.Standing standing(User user, Instant now) {
        persistence.users().signedIn(user.id(), now);
        return new SignedIn.Standing(
                user.id(),
                Optional.empty(),
                SessionService.platformRole(persistence, user.id(), now),
                Optional.empty(),
                now);
    }

    /** Of two who come for the first time at the same moment, the second finds what the first made. */
    private <T> T identified(ExternalIdentity identity, Function<User, T> then) {
        var isNew = new AtomicBoolean();
        Supplier<T> work = () -> persistence.unitOfWork().forPlatform(() -> then.apply(known(identity, isNew)));
        T result;
        try {
            result = work.get();
        } catch (AlreadyExists meanwhile) {
            result = work.get();
        }
        if (isNew.get()) {
            // Sessions of whoever had taken the address as theirs may have ended.
            signedIn.changed();
        }
        return result;
    }

    private User known(ExternalIdentity identity, AtomicBoolean isNew) {
        var link = persistence.externalIdentities().find(identity.issuer(), identity.subject());
        isNew.set(link.isEmpty());
        var user = link.isPresent()
                ? persistence.users().find(link.get().userId()).orElseThrow(SignInFailed::token)
                : linked(identity);
        if (!user.active()) {
            throw SignInFailed.token();
        }
        persistence.externalIdentities().signedIn(identity.issuer(), identity.subject(), moments.now());
        return user;
    }

    private User linked(ExternalIdentity identity) {
        var email = identity.email()
                .filter(address -> identity.emailVerified())
                .orElseThrow(() -> Forbidden.because(
                        "email-not-verified", "The issuer of the token does not vouch for an e-mail address."));
        var now = moments.now();
        var known = persistence.users().findByEmail(email);
        boolean dropped = known.filter(user -> dropUnproven(user.id())).isPresent();
        var user = known.orElseGet(() -> {
            var created = User.created(new UserId(ids.next()), email, UserProfile.of(name(identity, email)), now);
            persistence.users().insert(created);
            return created;
        });
        var link = new IdentityLink(identity.issuer(), identity.subject(), user.id(), now, now);
        persistence.externalIdentities().insert(link);
        var author = acting.as(Caller.user(user.id(), acting.caller().origin()));
        if (known.isEmpty()) {
            author.record(UserService.created(user));
        }
        if (dropped) {
            author.record(AuditEvent.of("password.dropped", "user", user.id()).about(Map.of("email", email.value())));
        }
        author.record(AuditEvent.of("identity.linked", "user", user.id())
                .to(Map.of("issuer", identity.issuer()))
                .about(Map.of("subject", identity.subject(), "email", email.value())));
        return user;
    }

    /**
     * Somebody may have taken the address as theirs before its owner came: what they set is worth nothing from now on. Whether
     * there was anything.
     */
    private boolean dropUnproven(UserId user) {
        persistence.users().lock(user);
        boolean isUnproven = persistence
                .credentials()
                .lock(user)
                .filter(credential -> !credential.addressProven())
                .isPresent();
        if (isUnproven) {
            persistence.credentials().delete(user);
            persistence.sessions().revokeAll(user, Optional.empty(), moments.now());
        }
        return isUnproven;
    }

    private static String name(ExternalIdentity identity, Email email) {
        var address = email.value();
        try {
            return identity.name()
                    .map(UserProfile::of)
                    .map(UserProfile::displayName)
                    .orElseGet(() -> local(address));
        } catch (InvalidValue unusable) {
            return local(address);
        }
    }

    private static String local(String address) {
        return address.substring(0, address.indexOf('@'));
    }

    /**
     * Becomes a user with a password, and signs in. Refuses where that is not open to everybody ({@link Forbidden}), and an
     * address that somebody has ({@link AlreadyExists}).
     *
     * @param invitation the token of an open invitation for this address lets its bearer in anyway; it is not used up by this
     */
    public Issued signUp(Email email, String password, String displayName, Optional<String> invitation) {
        // Who has the token that was mailed to the address has shown that it is theirs.
        boolean invited = invitation.filter(token -> isInvited(email, token)).isPresent();
        if (!signUpOpen && !invited) {
            throw Forbidden.because(
                    "sign-up-closed", "Nobody becomes a user here but by an open invitation for their address.");
        }
        var hasher = passwords.hasher();
        var profile = UserProfile.of(displayName);
        var hash = hasher.hash(Password.chosen("password", password, email));
        return persistence.unitOfWork().forPlatform(() -> {
            var now = moments.now();
            var user = User.created(new UserId(ids.next()), email, profile, now);
            persistence.users().insert(user);
            persistence.credentials().save(Credential.set(user.id(), hash, invited, now));
            var issued = sessions.begin(user, acting.caller().origin());
            var author = acting.as(Caller.user(user.id(), acting.caller().origin()));
            author.record(UserService.created(user));
            author.record(AuditEvent.of("password.set", "user", user.id()).about(Map.of("email", email.value())));
            return issued;
        });
    }

    private boolean isInvited(Email email, String token) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.invitations().findByToken(Tokens.sha256(token)))
                .filter(invitation ->
                        invitation.isOpen(moments.now()) && invitation.email().equals(email))
                .isPresent();
    }
}
