package io.allotment.server.prove;

import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * The proof that it does not matter in which order a gateway tells what happened. The sandbox lives through lives of subscriptions and
 * purchases; what it tells of them is told to one fresh Allotment after another, each time in another order: all orders of few events, some of
 * many, some events twice, some not at all but for asking the gateway or comparing all. What is known in the end must be the same. Most of it in
 * memory, a share of it in a database.
 */
public final class OrdersProof {

    private static final int ALL_ORDERS = 6;
    private static final int SHUFFLES = 60;
    private static final int SAMPLE = 3;
    private static final int MAX_FINDINGS = 10;

    /** In a database each telling takes many times as long. */
    private static final int DATABASE_SHUFFLES = 3;

    private final long seed;
    private final SplittableRandom random;
    private long orders;
    private long events;
    private long ordersInDatabase;
    private long divergences;
    private final List<String> findings = new ArrayList<>();

    private OrdersProof(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /**
     * What it came to.
     *
     * @param orders in how many orders a life was told, in memory and in the database
     * @param events how many events that were
     * @param ordersInDatabase how many of them in the database
     * @param divergences how often something else was known in the end, or verification found something
     */
    public record Report(
            long seed, long orders, long events, long ordersInDatabase, long divergences, List<String> findings) {}

    /**
     * About so long in memory, each kind of life at least once in all its orders; then each some times in the database.
     *
     * @param database brought up to date; tenants and what they need in the catalogue stay in it
     */
    public static Report run(long seed, int seconds, Persistence database) {
        var proof = new OrdersProof(seed);
        long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        do {
            proof.prove(ALL_ORDERS, SHUFFLES, until);
        } while (System.nanoTime() < until);
        proof.prove(database, DATABASE_SHUFFLES);
        return proof.report();
    }

    /** Some orders of each kind of life, in memory and in the database: for a test. */
    static Report sample(long seed, Persistence database) {
        var proof = new OrdersProof(seed);
        proof.prove(SAMPLE, SAMPLE, Long.MAX_VALUE);
        proof.prove(database, 1);
        return proof.report();
    }

    private Report report() {
        return new Report(seed, orders, events, ordersInDatabase, divergences, List.copyOf(findings));
    }

    /** What is known in the end of each kind of life, told as it went: what all other orders are compared with. */
    static Map<String, String> ends(long seed) {
        var proof = new OrdersProof(seed);
        var ends = new HashMap<String, String>();
        for (var life : GatewayLife.values()) {
            var told = new LivedLife(life, proof.random.split());
            ends.put(life.name(), proof.heard(told, told.inOrder(), Recovery.NONE, new InMemoryPersistence()));
        }
        return ends;
    }

    /** What is done about events that did not come. */
    private enum Recovery {
        NONE,
        /** The gateway is asked what it told. */
        ASKED {
            @Override
            void in(GatewayWorld world) {
                world.askWhatWasMissed();
            }
        },
        /** All that it has is compared. */
        RECONCILED {
            @Override
            void in(GatewayWorld world) {
                world.reconcile();
                world.reconcile();
            }
        };

        void in(GatewayWorld world) {
            // All came.
        }
    }

    /** @param whole lives of so many events are told in all orders */
    private void prove(int whole, int shuffles, long until) {
        for (var life : GatewayLife.values()) {
            var told = new LivedLife(life, random.split());
            var inOrder = told.inOrder();
            var expected = heard(told, inOrder, Recovery.NONE, new InMemoryPersistence());
            if (inOrder.size() <= whole) {
                permutations(new ArrayList<>(inOrder), 0, order -> compare(told, expected, order, Recovery.NONE));
            }
            for (int i = 0; i < shuffles && System.nanoTime() < until; i++) {
                compare(told, expected, shuffled(inOrder), Recovery.NONE);
                compare(told, expected, someTwice(inOrder), Recovery.NONE);
                compare(told, expected, someOf(inOrder), Recovery.RECONCILED);
                compare(told, expected, someOf(inOrder), Recovery.ASKED);
            }
        }
    }

    /** A life is lived anew for each telling: a database has a tenant once. */
    private void prove(Persistence database, int shuffles) {
        for (var life : GatewayLife.values()) {
            for (int i = 0; i < shuffles; i++) {
                proveIn(database, life, this::shuffled, Recovery.NONE);
                proveIn(database, life, this::someTwice, Recovery.NONE);
                proveIn(database, life, this::someOf, Recovery.RECONCILED);
            }
        }
        var violations =
                new LivedLife(GatewayLife.BEGUN, random.split()).world(database).violations();
        if (!violations.isEmpty()) {
            found(violations.size(), "In the database: " + violations);
        }
    }

    private void proveIn(
            Persistence database, GatewayLife life, UnaryOperator<List<Integer>> telling, Recovery recovery) {
        var told = new LivedLife(life, random.split());
        var expected = heard(told, told.inOrder(), Recovery.NONE, new InMemoryPersistence());
        var order = telling.apply(told.inOrder());
        ordersInDatabase++;
        compare(told, expected, order, recovery, database);
    }

    private List<Integer> shuffled(List<Integer> inOrder) {
        var order = new ArrayList<>(inOrder);
        Collections.shuffle(order, new Random(random.nextLong()));
        return order;
    }

    private List<Integer> someTwice(List<Integer> inOrder) {
        var twice = new ArrayList<>(inOrder);
        twice.addAll(inOrder.subList(0, random.nextInt(inOrder.size()) + 1));
        return shuffled(twice);
    }

    private List<Integer> someOf(List<Integer> inOrder) {
        return shuffled(inOrder).subList(0, random.nextInt(inOrder.size()));
    }

    private void compare(LivedLife told, String expected, List<Integer> order, Recovery recovery) {
        compare(told, expected, order, recovery, new InMemoryPersistence());
    }

    private void compare(
            LivedLife told, String expected, List<Integer> order, Recovery recovery, Persistence persistence) {
        var known = heard(told, order, recovery, persistence);
        if (!known.equals(expected)) {
            found(
                    1,
                    told.life + ", told as " + order + ", then " + recovery + ":\n" + known + "instead of\n"
                            + expected);
        }
    }

    private void found(int many, String what) {
        divergences += many;
        if (findings.size() < MAX_FINDINGS) {
            findings.add(what);
        }
    }

    private String heard(LivedLife told, List<Integer> order, Recovery recovery, Persistence persistence) {
        orders++;
        events += order.size();
        var world = told.world(persistence);
        order.forEach(world::hear);
        world.settle();
        recovery.in(world);
        var known = world.known();
        return persistence instanceof InMemoryPersistence ? known + String.join("\n", world.violations()) : known;
    }

    private interface Each {
        void of(List<Integer> order);
    }

    private static void permutations(List<Integer> order, int from, Each each) {
        if (from == order.size()) {
            each.of(List.copyOf(order));
            return;
        }
        for (int i = from; i < order.size(); i++) {
            Collections.swap(order, from, i);
            permutations(order, from + 1, each);
            Collections.swap(order, from, i);
        }
    }
}
