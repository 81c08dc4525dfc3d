package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.application.shared.UuidV7;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.sandbox.SandboxPayments;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The proof that it does not matter in which order a gateway tells what happened. The sandbox lives through lives of subscriptions and
 * purchases; what it tells of them is told to one fresh Allotment after another, each time in another order: all orders of few events, some of
 * many, some events twice, some not at all but for reconciling. What is known in the end must be the same.
 */
public final class OrdersProof {

    private static final Instant START = Instant.parse("2026-01-31T10:00:00Z");
    private static final int ALL_ORDERS = 6;
    private static final int SHUFFLES = 60;
    private static final int MAX_FINDINGS = 10;

    private final SplittableRandom random;
    private long orders;
    private long events;
    private long divergences;
    private final List<String> findings = new ArrayList<>();

    private OrdersProof(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /**
     * What it came to.
     *
     * @param orders in how many orders a life was told
     * @param events how many events that were
     * @param divergences how often something else was known in the end, or verification found something
     */
    public record Report(long seed, long orders, long events, long divergences, List<String> findings) {}

    /** About so long, each kind of life at least once in all its orders. */
    public static Report run(long seed, int seconds) {
        var proof = new OrdersProof(seed);
        long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        do {
            for (var life : Life.values()) {
                proof.prove(new Told(life, proof.random.split()), until);
            }
        } while (System.nanoTime() < until);
        return new Report(seed, proof.orders, proof.events, proof.divergences, List.copyOf(proof.findings));
    }

    /** What is known in the end of each kind of life, told as it went: what all other orders are compared with. */
    static Map<String, String> ends(long seed) {
        var proof = new OrdersProof(seed);
        var ends = new HashMap<String, String>();
        for (var life : Life.values()) {
            var told = new Told(life, proof.random.split());
            ends.put(life.name(), proof.heard(told, told.inOrder(), false));
        }
        return ends;
    }

    /** How it goes. */
    private enum Life {
        /** Subscribed, and paid. */
        BEGUN {
            @Override
            void live(World world) {
                world.subscribe("good");
            }
        },
        /** Renewed twice; the second time the card fails, and another one pays. */
        LATE {
            @Override
            void live(World world) {
                world.subscribe("fails-later");
                world.pass(Duration.ofDays(29));
                world.pass(Duration.ofDays(2));
                world.card("good");
            }
        },
        /** Nobody pays any more. */
        GIVEN_UP {
            @Override
            void live(World world) {
                world.subscribe("fails-later");
                world.pass(Duration.ofDays(45));
            }
        },
        /** Marked to end, taken back, then ended. */
        CANCELED {
            @Override
            void live(World world) {
                world.subscribe("good");
                world.pass(Duration.ofDays(3));
                world.cancel(true);
                world.resume();
                world.pass(Duration.ofDays(1));
                world.cancel(false);
            }
        },
        /** Bought, half of it paid back, which then fails. */
        REFUNDED {
            @Override
            void live(World world) {
                world.buy("good");
                var refund = world.refund(950);
                world.pass(Duration.ofHours(1));
                world.post("/refunds/" + refund + "/fail", Map.of());
            }
        },
        /** Bought and paid for late, all of it disputed, which is won; then some of it goes back. */
        DISPUTED {
            @Override
            void live(World world) {
                world.buy("slow");
                world.pass(Duration.ofMinutes(2));
                var dispute = world.dispute();
                world.pass(Duration.ofHours(1));
                world.post("/disputes/" + dispute + "/won", Map.of());
                world.refund(475);
            }
        };

        abstract void live(World world);
    }

    /** A life, and what the sandbox told of it. */
    private static final class Told {

        private final Life life;
        private final ProofClock clock = new ProofClock(START);
        private final SandboxPayments sandbox;
        private final long ids;
        private final List<byte[]> bodies = new ArrayList<>();
        private final List<String> signatures = new ArrayList<>();

        Told(Life life, SplittableRandom random) {
            this.life = life;
            this.ids = random.nextLong();
            this.sandbox = SandboxPayments.inMemory(clock, random);
            life.live(new World(this));
            sandbox.deliverTo((body, signature) -> {
                bodies.add(body);
                signatures.add(signature);
            });
            sandbox.deliver();
        }

        List<Integer> inOrder() {
            return IntStream.range(0, bodies.size()).boxed().toList();
        }

        /** The same beginning, whenever it is made: the same ids, and so the same names at the gateway. */
        World world() {
            return new World(this);
        }
    }

    /** An Allotment that knows nothing yet of what happened at the gateway but what it asked for. */
    private static final class World {

        private final Told told;
        private final Allotment allotment;
        private final InMemoryPersistence persistence = new InMemoryPersistence();
        private final TenantId tenant;
        private final AccountId account;
        private final String checkout;
        private final String purchase;

        World(Told told) {
            this.told = told;
            RandomGenerator same = new Random(told.ids);
            var from = new ProofClock(START);
            this.allotment = Allotment.with(persistence)
                    .clock(told.clock)
                    .ids(new UuidV7(from, same))
                    .payments(told.sandbox)
                    .build();
            allotment.catalog().create(Plan.of("studio", "Studio"), terms());
            allotment.creditProducts().create(CreditProduct.of("pack", "A hundred", 100, 1_900, "EUR"));
            this.tenant =
                    allotment.tenants().create(TenantProfile.of("Acme", "acme")).id();
            this.account = BillingAccount.idOf(tenant);
            var choice = Choice.of("studio");
            var order = allotment.billing().order(tenant, account, choice, Way.PLAIN);
            this.checkout = allotment
                    .billing()
                    .checkout(tenant, account, order, choice, Way.PLAIN)
                    .id();
            this.purchase = allotment
                    .creditPurchases()
                    .buy(tenant, account, new ProductKey("pack"))
                    .checkout()
                    .orElseThrow()
                    .id();
        }

        private static PlanVersionTerms terms() {
            return new PlanVersionTerms(
                    0,
                    7,
                    Optional.empty(),
                    Credits.of(100),
                    Credits.ZERO,
                    Document.EMPTY,
                    List.of(Price.monthly("monthly", 2_900, "EUR")),
                    List.of());
        }

        // What happens at the gateway

        void pass(Duration time) {
            told.clock.set(told.clock.instant().plus(time));
            told.sandbox.advance();
        }

        void post(String path, Map<String, String> form) {
            var shown = told.sandbox.page("POST", path, form);
            if (shown.status() != 200) {
                throw new IllegalStateException(path + " was answered " + shown.body());
            }
        }

        void subscribe(String card) {
            post("/checkouts/" + checkout + "/pay", Map.of("card", card));
        }

        void buy(String card) {
            post("/checkouts/" + purchase + "/pay", Map.of("card", card));
        }

        void card(String card) {
            post("/customers/" + customer() + "/card", Map.of("card", card));
        }

        private String customer() {
            return all(GatewayObject.Kind.CHECKOUT).get(0).customerId().orElseThrow();
        }

        void cancel(boolean atPeriodEnd) {
            told.sandbox.cancel(new IdempotencyKey("cancel-" + atPeriodEnd), subscription(), atPeriodEnd);
        }

        void resume() {
            told.sandbox.resume(new IdempotencyKey("resume"), subscription());
        }

        private String subscription() {
            return all(GatewayObject.Kind.SUBSCRIPTION).get(0).id();
        }

        String refund(long minor) {
            return told.sandbox
                    .refund(new BillingGateway.RefundOrder(
                            new RefundId(new UUID(0x7000, minor)),
                            payment(),
                            new Money(minor, "EUR"),
                            Optional.empty()))
                    .id();
        }

        String dispute() {
            post("/payments/" + payment() + "/dispute", Map.of());
            return all(GatewayObject.Kind.DISPUTE).get(0).id();
        }

        private String payment() {
            return ((GatewayInvoice) all(GatewayObject.Kind.INVOICE).get(0))
                    .paymentId()
                    .orElseThrow();
        }

        private List<GatewayObject> all(GatewayObject.Kind kind) {
            return told.sandbox.list(kind, PageRequest.first(50)).items();
        }

        // What is told of it

        void hear(int event) {
            allotment
                    .paymentEvents()
                    .receive(SandboxPayments.NAME, told.bodies.get(event), Optional.of(told.signatures.get(event)));
        }

        /** What named nothing of ours at first is looked at again. */
        void settle() {
            told.clock.set(told.clock.instant().plusSeconds(20));
            for (var portion = allotment.paymentEvents().applyDue();
                    portion.more();
                    portion = allotment.paymentEvents().applyDue()) {}
            told.clock.set(told.clock.instant().minusSeconds(20));
        }

        void reconcile() {
            allotment.paymentEvents().reconcile(true);
        }

        /** All that must be the same, in words: not when it was heard of. */
        String known() {
            var text = new StringBuilder();
            allotment
                    .subscriptions()
                    .list(tenant, account, PageRequest.first(50))
                    .items()
                    .forEach(one -> text.append("subscription ")
                            .append(one.status())
                            .append(one.currentPeriod())
                            .append(one.cancelAtPeriodEnd())
                            .append(one.endedAt())
                            .append('\n'));
            var credits = persistence
                    .unitOfWork()
                    .forTenant(tenant, () -> persistence.credits().find(tenant, account))
                    .orElseThrow();
            text.append("balance ").append(credits.balance());
            text.append(" overdraft ").append(credits.overdraft()).append('\n');
            sorted(
                    text,
                    allotment
                            .credits()
                            .listGrants(tenant, account, Optional.empty(), PageRequest.first(50))
                            .items()
                            .stream()
                            .map(one -> "grant " + one.terms().amount() + " of "
                                    + one.terms().source() + " until "
                                    + one.terms().expiresAt() + ", " + one.remaining()));
            sorted(
                    text,
                    allotment
                            .billing()
                            .listInvoices(tenant, Invoices.Filter.ALL, PageRequest.first(50))
                            .items()
                            .stream()
                            .map(one -> "invoice " + one.told().id() + " "
                                    + one.told().status() + " " + one.told().paidMinor() + " "
                                    + one.grant().isPresent()));
            sorted(
                    text,
                    allotment.billing().listRefunds(tenant, account, PageRequest.first(50)).items().stream()
                            .map(one -> "refund " + one.gatewayId() + " " + one.status() + " " + one.taken()));
            allotment
                    .gate()
                    .verify()
                    .violations()
                    .forEach(broken -> text.append(broken).append('\n'));
            return text.toString();
        }

        private static void sorted(StringBuilder text, Stream<String> lines) {
            lines.sorted().forEach(line -> text.append(line).append('\n'));
        }
    }

    private void prove(Told told, long until) {
        int number = told.bodies.size();
        var inOrder = new ArrayList<>(told.inOrder());
        var expected = heard(told, inOrder, false);
        if (number <= ALL_ORDERS) {
            permutations(inOrder, 0, order -> compare(told, expected, order, false));
        }
        for (int i = 0; i < SHUFFLES && System.nanoTime() < until; i++) {
            var order = new ArrayList<>(inOrder);
            Collections.shuffle(order, new Random(random.nextLong()));
            compare(told, expected, order, false);
            var twice = new ArrayList<>(order);
            twice.addAll(inOrder.subList(0, random.nextInt(number) + 1));
            Collections.shuffle(twice, new Random(random.nextLong()));
            compare(told, expected, twice, false);
            compare(told, expected, order.subList(0, random.nextInt(number)), true);
        }
    }

    private void compare(Told told, String expected, List<Integer> order, boolean reconciled) {
        var known = heard(told, order, reconciled);
        if (!known.equals(expected)) {
            divergences++;
            if (findings.size() < MAX_FINDINGS) {
                findings.add(told.life + ", told as " + order + (reconciled ? " and reconciled" : "") + ":\n" + known
                        + "instead of\n" + expected);
            }
        }
    }

    private String heard(Told told, List<Integer> order, boolean reconciled) {
        orders++;
        events += order.size();
        var world = told.world();
        order.forEach(world::hear);
        world.settle();
        if (reconciled) {
            world.reconcile();
            world.reconcile();
        }
        return world.known();
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
