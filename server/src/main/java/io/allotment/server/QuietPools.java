package io.allotment.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** While connections are cut on purpose, nobody wants to hear of each of them; closing lets the pools speak again. */
final class QuietPools implements AutoCloseable {

    private final Logger pools = (Logger) LoggerFactory.getLogger("com.zaxxer.hikari");
    private final Level before = pools.getLevel();

    QuietPools() {
        pools.setLevel(Level.OFF);
    }

    @Override
    public void close() {
        pools.setLevel(before);
    }
}
