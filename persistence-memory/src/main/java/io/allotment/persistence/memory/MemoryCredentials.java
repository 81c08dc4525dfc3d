package io.allotment.persistence.memory;

import io.allotment.domain.identity.Attempts;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.Credentials;
import io.allotment.domain.identity.PasswordReset;
import io.allotment.domain.shared.UserId;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;

final class MemoryCredentials implements Credentials {

    private static final HexFormat HEX = HexFormat.of();

    private final Tables tables;

    MemoryCredentials(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<Credential> lock(UserId user) {
        return tables.credentials.find(Key.of(user));
    }

    @Override
    public void save(Credential credential) {
        tables.credentials.put(Key.of(credential.userId()), credential);
    }

    @Override
    public void delete(UserId user) {
        tables.requireUnit();
        tables.credentials.remove(Key.of(user));
    }

    @Override
    public Attempts lockAttempts(byte[] addressSha256) {
        return tables.addressAttempts.find(Key.of(HEX.formatHex(addressSha256))).orElse(Attempts.NONE);
    }

    @Override
    public void saveAttempts(byte[] addressSha256, Attempts attempts) {
        tables.addressAttempts.put(Key.of(HEX.formatHex(addressSha256)), attempts);
    }

    @Override
    public void insertReset(PasswordReset reset, byte[] tokenSha256) {
        tables.passwordResets.put(Key.of(HEX.formatHex(tokenSha256)), reset);
    }

    @Override
    public Optional<PasswordReset> lastReset(UserId user) {
        return tables.passwordResets
                .all()
                .filter(reset -> reset.userId().equals(user))
                .max(Comparator.comparing(PasswordReset::createdAt));
    }

    @Override
    public Optional<PasswordReset> findReset(byte[] tokenSha256) {
        return tables.passwordResets.find(Key.of(HEX.formatHex(tokenSha256)));
    }

    @Override
    public Optional<PasswordReset> takeReset(byte[] tokenSha256) {
        var key = Key.of(HEX.formatHex(tokenSha256));
        var reset = tables.passwordResets.find(key);
        tables.passwordResets.remove(key);
        return reset;
    }

    @Override
    public void deleteResets(UserId user) {
        tables.passwordResets.removeIf(reset -> reset.userId().equals(user));
    }
}
