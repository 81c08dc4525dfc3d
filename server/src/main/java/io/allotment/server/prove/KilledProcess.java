package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.persistence.jooq.JooqPersistence;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * Runs in a JVM of its own that is killed in the middle of it: consumes one credit after the other, and says so of each
 * only when it has been told. Reads its settings from standard input, a line each.
 */
final class KilledProcess {

    static final int THREADS = 4;
    static final String ACKNOWLEDGED = "acknowledged ";

    /** A proof that has gone away forgets to kill: it ends by itself then. */
    private static final int MAX_CALLS = 100_000;

    private KilledProcess() {}

    /** The one that a thread uses as its n-th. */
    static IdempotencyKey key(String word, int thread, int n) {
        return new IdempotencyKey(word + "/" + thread + "/" + n);
    }

    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in));
        var settings = new JooqPersistence.Settings(in.readLine(), in.readLine(), in.readLine(), THREADS);
        var tenant = TenantId.of(in.readLine());
        var charge = Charge.of(in.readLine(), 1);
        var word = in.readLine();
        try (var persistence = JooqPersistence.connect(settings);
                var crew = new Crew(THREADS)) {
            var gate = Allotment.with(persistence).build().gate();
            crew.all(member -> {
                for (int n = 0; n < MAX_CALLS && !System.out.checkError(); n++) {
                    var key = key(word, member, n);
                    var decision = gate.consume(tenant, key, charge).decision();
                    System.out.println(ACKNOWLEDGED + key + " " + decision.id());
                }
            });
        }
    }
}
