package io.allotment.server.prove;

import java.time.Duration;
import java.util.Map;

/** How it goes with a subscription or a purchase at a gateway. */
enum GatewayLife {
    /** Subscribed, and paid. */
    BEGUN {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
        }
    },
    /** Renewed; the card fails, three times, and another one pays. */
    LATE {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("fails-later");
            world.pass(Duration.ofDays(29));
            world.pass(Duration.ofDays(2));
            world.card("good");
        }
    },
    /** Nobody pays any more. */
    GIVEN_UP {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("fails-later");
            world.pass(Duration.ofDays(45));
        }
    },
    /** Marked to end, taken back, then ended. */
    CANCELED {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(3));
            world.cancel(true);
            world.resume();
            world.pass(Duration.ofDays(1));
            world.cancel(false);
        }
    },
    /** To a dearer plan within a period, then renewed. */
    CHANGED {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(10));
            world.change(GatewayWorld.DEARER, "monthly", 2);
            world.pass(Duration.ofDays(20));
        }
    },
    /** From months to years within a period. */
    YEARLY {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(10));
            world.change(GatewayWorld.PLAIN, "yearly", 1);
        }
    },
    /** A trial that becomes paid. */
    TRIED {
        @Override
        String plan() {
            return GatewayWorld.WITH_TRIAL;
        }

        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(15));
        }
    },
    /** A trial that nobody wants to go on with. */
    TRIED_AND_LEFT {
        @Override
        String plan() {
            return GatewayWorld.WITH_TRIAL;
        }

        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(3));
            world.cancel(true);
            world.pass(Duration.ofDays(12));
        }
    },
    /** Nothing is billed for a while. */
    PAUSED {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(3));
            world.post("/subscriptions/" + world.subscription() + "/pause", Map.of());
            world.pass(Duration.ofDays(5));
            world.resume();
        }
    },
    /** The gateway forgets the customer, and what was billed to them ends. */
    FORGOTTEN {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(3));
            world.post("/customers/" + world.customer() + "/delete", Map.of());
        }
    },
    /** A period is billed and paid twice, and one of the payments goes back. */
    PAID_TWICE {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(1));
            world.post("/subscriptions/" + world.subscription() + "/bill-again", Map.of());
            world.refund(2_900);
        }
    },
    /** Bought, half of it paid back, which then fails. */
    REFUNDED {
        @Override
        void live(GatewayWorld world) {
            world.buy("good");
            var refund = world.refund(950);
            world.pass(Duration.ofHours(1));
            world.post("/refunds/" + refund + "/fail", Map.of());
        }
    },
    /** Bought and paid for late, all of it disputed, which is won; then some of it goes back. */
    DISPUTED {
        @Override
        void live(GatewayWorld world) {
            world.buy("slow");
            world.pass(Duration.ofMinutes(2));
            var dispute = world.dispute();
            world.pass(Duration.ofHours(1));
            world.post("/disputes/" + dispute + "/won", Map.of());
            world.refund(475);
        }
    },
    /** The payment of a subscription is disputed, and the money is gone. */
    LOST {
        @Override
        void live(GatewayWorld world) {
            world.subscribe("good");
            world.pass(Duration.ofDays(1));
            var dispute = world.dispute();
            world.pass(Duration.ofHours(1));
            world.post("/disputes/" + dispute + "/lost", Map.of());
        }
    };

    abstract void live(GatewayWorld world);

    /** What is subscribed to. */
    String plan() {
        return GatewayWorld.PLAIN;
    }
}
