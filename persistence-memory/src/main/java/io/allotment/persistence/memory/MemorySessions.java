package io.allotment.persistence.memory;

import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.Sessions;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

final class MemorySessions implements Sessions {

    private static final HexFormat HEX = HexFormat.of();

    private final Tables tables;

    MemorySessions(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Session session, byte[] tokenSha256) {
        tables.sessions.put(key(session), session);
        tables.sessionsByToken.put(Key.of(HEX.formatHex(tokenSha256)), key(session));
    }

    @Override
    public Optional<Session> findByToken(byte[] tokenSha256) {
        return tables.sessionsByToken.find(Key.of(HEX.formatHex(tokenSha256))).flatMap(tables.sessions::find);
    }

    @Override
    public void renew(Session session) {
        tables.sessions
                .find(key(session))
                .filter(present ->
                        present.revokedAt().isEmpty() && present.lastUsedAt().isBefore(session.lastUsedAt()))
                .ifPresent(present -> tables.sessions.put(key(session), session));
    }

    @Override
    public Page<Session> list(UserId user, Instant now, PageRequest page) {
        return tables.sessions.pageBackwards(Key.of(user), Position.ID, page, session -> session.isLive(now));
    }

    @Override
    public boolean revoke(UserId user, SessionId id, Instant now) {
        var live = tables.sessions.find(Key.of(user, id)).filter(session -> session.isLive(now));
        live.ifPresent(session -> tables.sessions.put(key(session), revoked(session, now)));
        return live.isPresent();
    }

    @Override
    public int revokeAll(UserId user, Optional<SessionId> except, Instant now) {
        List<Session> live = tables.sessions
                .under(Key.of(user))
                .filter(session -> session.isLive(now) && !except.equals(Optional.of(session.id())))
                .toList();
        live.forEach(session -> tables.sessions.put(key(session), revoked(session, now)));
        return live.size();
    }

    @Override
    public void deleteEnded(UserId user, Instant before) {
        List<Session> ended = tables.sessions
                .under(Key.of(user))
                .filter(session ->
                        session.revokedAt().orElse(session.expiresAt()).isBefore(before))
                .toList();
        ended.forEach(session -> {
            tables.sessions.remove(key(session));
            tables.sessionsByToken.removeIf(key(session)::equals);
        });
    }

    private static Key key(Session session) {
        return Key.of(session.userId(), session.id());
    }

    private static Session revoked(Session session, Instant now) {
        return new Session(
                session.id(),
                session.userId(),
                session.ipAddress(),
                session.userAgent(),
                session.createdAt(),
                session.lastUsedAt(),
                session.expiresAt(),
                session.endsAt(),
                Optional.of(now));
    }
}
