package io.allotment.application.identity;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Who is signed in: sessions, each with a token that is told once. Thread-safe. */
public final class SessionService {

    /** What the tokens begin with. */
    public static final String PREFIX = "allot_session_";

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final RandomGenerator secrets;
    private final SignedIn signedIn;

    /**
     * Somebody who has just signed in.
     *
     * @param token what shows it from now on; it is told this once
     */
    public record Issued(String token, Session session, User user) {

        /** Without the token. */
        @Override
        public String toString() {
            return "Issued[" + session.id() + "]";
        }
    }

    /** @param secrets unpredictable and thread-safe */
    public SessionService(
            Persistence persistence,
            Ids ids,
            Moments moments,
            Acting acting,
            RandomGenerator secrets,
            SignedIn signedIn) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.secrets = secrets;
        this.signedIn = signedIn;
    }

    /**
     * Whose token it is, which thereby goes on; empty for one that is not known, expired or revoked, or whose bearer was
     * deactivated. A revocation by this process holds at once, one by another within a second.
     *
     * @param origin where the request came from
     */
    public Optional<Caller> verify(String token, Origin origin) {
        return standing(token).map(standing -> standing.caller(origin));
    }

    /** Which session a token is of, if it is of one that is not over. */
    public Optional<SessionId> idOf(String token) {
        return standing(token).flatMap(SignedIn.Standing::session);
    }

    private Optional<SignedIn.Standing> standing(String token) {
        if (!Tokens.hasForm(PREFIX, token)) {
            return Optional.empty();
        }
        var now = moments.now();
        return signedIn.of(token, now, () -> persistence.unitOfWork().forPlatform(() -> read(token, now)));
    }

    private Optional<SignedIn.Standing> read(String token, Instant now) {
        return persistence
                .sessions()
                .findByToken(Tokens.sha256(token))
                .filter(session -> session.isLive(now) && persistence.users().isActive(session.userId()))
                .map(session -> renewed(session, now))
                .map(session -> new SignedIn.Standing(
                        session.userId(),
                        Optional.of(session.id()),
                        platformRole(persistence, session.userId(), now),
                        Optional.of(session.expiresAt()),
                        now));
    }

    private Session renewed(Session session, Instant now) {
        if (!session.isDueForRenewal(now)) {
            return session;
        }
        var renewed = session.renewed(now);
        persistence.sessions().renew(renewed);
        return renewed;
    }

    /** The highest that counts now. In the platform's unit of work. */
    static Optional<PlatformRole> platformRole(Persistence persistence, UserId user, Instant now) {
        return persistence.platformRoles().of(user).stream()
                .filter(assignment -> assignment.isValid(now))
                .map(PlatformAssignment::role)
                .min(Comparator.naturalOrder());
    }

    /** The caller's own, newest first. */
    public Page<Session> list(PageRequest page) {
        var user = requireUser(acting);
        return persistence.unitOfWork().forPlatform(() -> persistence.sessions().list(user, moments.now(), page));
    }

    /** Ends one of the caller's own; refuses one that there is not, or is over ({@link NotFound}). */
    public void revoke(SessionId id) {
        var user = requireUser(acting);
        boolean revoked = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.sessions().revoke(user, id, moments.now()));
        signedIn.changed();
        if (!revoked) {
            throw new NotFound("session", id);
        }
    }

    /** Ends all of the caller's own, this one too. */
    public void revokeAll() {
        var user = requireUser(acting);
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence.sessions().revokeAll(user, Optional.empty(), moments.now()));
        signedIn.changed();
    }

    /** Ends all of a user's; for operators. Refuses an unknown user. */
    public void revokeAll(UserId user) {
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            if (persistence.users().find(user).isEmpty()) {
                throw new NotFound("user", user);
            }
            int revoked = persistence.sessions().revokeAll(user, Optional.empty(), moments.now());
            acting.record(AuditEvent.of("sessions.revoked", "user", user).to(Map.of("sessions", revoked)));
        });
        signedIn.changed();
    }

    /** Who called, where it is somebody who signed in; refuses anybody else. */
    static UserId requireUser(Acting acting) {
        if (acting.actor() instanceof Actor.User user) {
            return user.id();
        }
        throw Forbidden.because("signed-in-only", "This is for somebody who signed in.");
    }

    /** Begins one, in the platform's open unit of work, and forgets those of the user that are over. */
    Issued begin(User user, Origin origin) {
        var now = moments.now();
        var session = Session.begun(new SessionId(ids.next()), user.id(), origin, now);
        var token = Tokens.make(PREFIX, secrets);
        persistence.sessions().deleteEnded(user.id(), now);
        persistence.sessions().insert(session, Tokens.sha256(token));
        persistence.users().signedIn(user.id(), now);
        return new Issued(token, session, persistence.users().find(user.id()).orElseThrow());
    }
}
