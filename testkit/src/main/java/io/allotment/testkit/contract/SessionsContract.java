package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.identity.Session;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is signed in, for the platform alone. */
public abstract class SessionsContract extends PersistenceContract {

    private static final Origin BROWSER =
            new Origin(Optional.of("2001:db8::1"), Optional.of("Browser/1.0 (Ünïcode)"), Optional.empty());
    private static final Instant LATER = START.plusSeconds(600);

    private UserId user;
    private final Map<SessionId, byte[]> tokens = new HashMap<>();

    @BeforeEach
    void a_user() {
        user = given.user().id();
    }

    @Test
    void a_session_comes_back_by_its_token() {
        var session = begun(BROWSER);
        var bare = begun(Origin.HERE);

        assertThat(found(session)).contains(session);
        assertThat(found(bare)).contains(bare);
        assertThat(inPlatform(() -> persistence.sessions().findByToken(CredentialsContract.token())))
                .isEmpty();
    }

    @Test
    void a_session_that_is_used_goes_on() {
        var session = begun(BROWSER);

        renew(session.renewed(LATER));

        assertThat(found(session)).contains(session.renewed(LATER));
    }

    @Test
    void an_earlier_use_does_not_take_back_a_later_one() {
        var session = begun(BROWSER);
        renew(session.renewed(LATER));

        renew(session.renewed(LATER.minusSeconds(60)));

        assertThat(found(session)).contains(session.renewed(LATER));
    }

    @Test
    void a_revoked_session_stays_revoked() {
        var session = begun(BROWSER);

        assertThat(revoke(session)).isTrue();
        assertThat(revoke(session)).isFalse();
        renew(session.renewed(LATER));

        assertThat(found(session).flatMap(Session::revokedAt)).contains(LATER);
        assertThat(found(session).map(Session::lastUsedAt)).contains(START);
    }

    @Test
    void nobody_revokes_anothers_session() {
        var session = begun(BROWSER);
        var other = given.user().id();

        assertThat(inPlatform(() -> persistence.sessions().revoke(other, session.id(), LATER)))
                .isFalse();
        assertThat(inPlatform(() -> persistence.sessions().revokeAll(other, Optional.empty(), LATER)))
                .isZero();
        assertThat(found(session)).contains(session);
    }

    @Test
    void all_are_revoked_but_the_one_that_is_kept() {
        var kept = begun(BROWSER);
        begun(BROWSER);
        begun(BROWSER);

        assertThat(inPlatform(() -> persistence.sessions().revokeAll(user, Optional.of(kept.id()), LATER)))
                .isEqualTo(2);
        assertThat(live(LATER)).containsExactly(kept);
        assertThat(inPlatform(() -> persistence.sessions().revokeAll(user, Optional.empty(), LATER)))
                .isEqualTo(1);
        assertThat(live(LATER)).isEmpty();
    }

    @Test
    void those_that_are_not_over_are_listed_newest_first() {
        var sessions = new ArrayList<Session>();
        for (int i = 0; i < 5; i++) {
            sessions.add(begun(BROWSER));
        }
        revoke(begun(BROWSER));
        inPlatform(() -> persistence
                .sessions()
                .insert(
                        Session.begun(new SessionId(ids.next()), given.user().id(), BROWSER, START),
                        CredentialsContract.token()));
        Collections.reverse(sessions);

        assertListing(sessions, page -> inPlatform(() -> persistence.sessions().list(user, LATER, page)));
        assertThat(live(START.plus(Session.UNUSED))).isEmpty();
    }

    @Test
    void those_that_are_over_are_forgotten() {
        var revoked = begun(BROWSER);
        var live = begun(BROWSER);
        revoke(revoked);

        inPlatform(() -> persistence.sessions().deleteEnded(user, LATER));
        assertThat(found(revoked)).isPresent();
        inPlatform(() -> persistence.sessions().deleteEnded(user, LATER.plusSeconds(1)));

        assertThat(found(revoked)).isEmpty();
        assertThat(found(live)).isPresent();
    }

    @Test
    void a_failed_unit_leaves_no_session() {
        var session = Session.begun(new SessionId(ids.next()), user, BROWSER, START);

        inPlatformThenUndone(() -> persistence.sessions().insert(session, CredentialsContract.token()));

        assertThat(live(START)).isEmpty();
    }

    @Test
    void a_tenant_neither_sees_nor_makes_sessions() {
        var session = begun(BROWSER);
        var tenant = given.tenant().id();

        assertImpossible(() -> inTenant(tenant, () -> persistence.sessions().findByToken(tokens.get(session.id()))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.sessions().list(user, START, PageRequest.first(1))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.sessions().revoke(user, session.id(), START)));
        assertImpossible(() ->
                inTenant(tenant, () -> persistence.sessions().insert(session, CredentialsContract.token())));
        assertThat(found(session)).contains(session);
    }

    private Session begun(Origin origin) {
        var session = Session.begun(new SessionId(ids.next()), user, origin, START);
        var token = CredentialsContract.token();
        tokens.put(session.id(), token);
        inPlatform(() -> persistence.sessions().insert(session, token));
        return session;
    }

    private void renew(Session session) {
        inPlatform(() -> persistence.sessions().renew(session));
    }

    private boolean revoke(Session session) {
        return inPlatform(() -> persistence.sessions().revoke(user, session.id(), LATER));
    }

    private Optional<Session> found(Session session) {
        return inPlatform(() -> persistence.sessions().findByToken(tokens.get(session.id())));
    }

    private List<Session> live(Instant now) {
        return inPlatform(() -> persistence.sessions().list(user, now, PageRequest.first(200)))
                .items();
    }
}
