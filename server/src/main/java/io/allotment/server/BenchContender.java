package io.allotment.server;

import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Somebody to be measured.
 *
 * @param maxSeconds of a warm-up, and of what is measured
 * @param ready gives the operation; what it needs first is made before time counts
 */
record BenchContender(String name, int maxSeconds, Supplier<Consumer<RandomGenerator>> ready) {

    static BenchContender of(String name, Consumer<RandomGenerator> operation) {
        return new BenchContender(name, Integer.MAX_VALUE, () -> operation);
    }
}
