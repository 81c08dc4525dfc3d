package io.allotment.persistence.memory;

import io.allotment.domain.apikey.RootKeys;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

final class MemoryRootKeys implements RootKeys {

    private final Tables tables;

    MemoryRootKeys(Tables tables) {
        this.tables = tables;
    }

    @Override
    public List<byte[]> digests() {
        return tables.rootKeys.all().map(HexFormat.of()::parseHex).toList();
    }

    @Override
    public void replaceAll(byte[] sha256, Instant now) {
        var digest = HexFormat.of().formatHex(sha256);
        tables.rootKeys.removeUnder(Key.of());
        tables.rootKeys.put(Key.of(digest), digest);
    }
}
