package io.allotment.server.prove;

import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.sandbox.SandboxPayments;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A life that was lived at a sandbox of its own, and what the sandbox told of it. */
final class LivedLife {

    static final Instant START = Instant.parse("2026-01-31T10:00:00Z");

    final GatewayLife life;
    final ProofClock clock = new ProofClock(START);
    final SandboxPayments sandbox;
    final long ids;
    final List<byte[]> bodies = new ArrayList<>();
    final List<String> signatures = new ArrayList<>();

    LivedLife(GatewayLife life, SplittableRandom random) {
        this.life = life;
        this.ids = random.nextLong();
        this.sandbox = SandboxPayments.inMemory(clock, random);
        life.live(world(new InMemoryPersistence()));
        sandbox.deliverTo((body, signature) -> {
            bodies.add(body);
            signatures.add(signature);
        });
        sandbox.deliver();
    }

    List<Integer> inOrder() {
        return IntStream.range(0, bodies.size()).boxed().toList();
    }

    /** The same beginning, wherever it is made: the same ids, and so the same names at the gateway. */
    GatewayWorld world(Persistence persistence) {
        return new GatewayWorld(this, persistence);
    }
}
