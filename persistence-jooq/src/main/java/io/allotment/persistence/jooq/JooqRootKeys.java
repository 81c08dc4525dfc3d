package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.ROOT_KEYS;

import io.allotment.domain.apikey.RootKeys;
import java.time.Instant;
import java.util.List;
import org.jooq.DSLContext;

final class JooqRootKeys implements RootKeys {

    private final DSLContext db;

    JooqRootKeys(DSLContext db) {
        this.db = db;
    }

    @Override
    public List<byte[]> digests() {
        return db.select(ROOT_KEYS.KEY_SHA256).from(ROOT_KEYS).fetch(ROOT_KEYS.KEY_SHA256);
    }

    @Override
    public void replaceAll(byte[] sha256, Instant now) {
        // Servers that start together take turns, so that one of them sees the other's key.
        db.execute("lock table allotment.root_keys in share row exclusive mode");
        db.deleteFrom(ROOT_KEYS).execute();
        db.insertInto(ROOT_KEYS)
                .set(ROOT_KEYS.KEY_SHA256, sha256)
                .set(ROOT_KEYS.CREATED_AT, now)
                .execute();
    }
}
