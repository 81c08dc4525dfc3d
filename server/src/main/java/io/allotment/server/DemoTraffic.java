package io.allotment.server;

import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What the demo's customers ask for: the same calls for the same seed. */
final class DemoTraffic {

    private static final int RETRY_PERCENT = 5;
    private static final int RETRY_WITHIN_CALLS = 40;

    private final SplittableRandom random;
    private final List<DemoWorld.Customer> customers;
    private final int shares;

    /** One call; a retry is the same again, under the same key. */
    record Call(TenantId tenant, IdempotencyKey key, Charge charge) {}

    DemoTraffic(long seed, List<DemoWorld.Customer> customers) {
        this.random = new SplittableRandom(seed);
        this.customers = customers;
        this.shares = customers.stream().mapToInt(DemoWorld.Customer::share).sum();
    }

    /** So many calls, and retries of some of them in between, as clients send them who got no answer in time. */
    List<Call> generate(int count) {
        var calls = new ArrayList<Call>(count);
        for (int number = 1; number <= count; number++) {
            calls.add(call(number));
            if (random.nextInt(100) < RETRY_PERCENT) {
                int back = 1 + random.nextInt(Math.min(RETRY_WITHIN_CALLS, calls.size()));
                calls.add(calls.get(calls.size() - back));
            }
        }
        return calls;
    }

    private Call call(int number) {
        var customer = customer();
        // Who asks: the product for itself, or somebody of the customer's.
        var actor = random.nextInt(100) < 70 ? Actor.system() : customer.person();
        var charge = charge().by(actor).relatedTo("conversation", "demo-" + number / 3);
        return new Call(customer.tenant(), new IdempotencyKey("demo-call-" + number), charge);
    }

    private DemoWorld.Customer customer() {
        int point = random.nextInt(shares);
        for (var customer : customers) {
            point -= customer.share();
            if (point < 0) {
                return customer;
            }
        }
        throw new AssertionError("the shares add up");
    }

    private Charge charge() {
        int point = random.nextInt(100);
        if (point < 45) {
            return Charge.of("chat.turn", 1)
                    .using("chat-small", TokenCounts.of(random.nextInt(50, 4_000), random.nextInt(10, 800)));
        } else if (point < 60) {
            return Charge.of("summarize.page", random.nextInt(1, 20))
                    .using("chat-large", TokenCounts.of(random.nextInt(500, 9_000), random.nextInt(100, 900)));
        } else if (point < 76) {
            return Charge.of(new OperationKey("transcribe.minute"), tenths(5, 150));
        } else if (point < 86) {
            return Charge.of(new OperationKey("meeting.minute"), tenths(50, 600));
        } else if (point < 94) {
            return Charge.of("image.render", random.nextInt(1, 5));
        } else if (point < 97) {
            return Charge.of("report.export", 1);
        } else if (point < 99) {
            // Two operations that are allowed together or not at all.
            return Charge.of("chat.turn", 1).and("image.render", 1);
        } else {
            return Charge.of("chat.legacy", 1);
        }
    }

    private Quantity tenths(int from, int to) {
        return new Quantity(BigDecimal.valueOf(random.nextInt(from, to), 1));
    }
}
