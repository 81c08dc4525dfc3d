package io.allotment.http;

import io.allotment.Allotment;
import io.allotment.application.billing.ManualPayments;
import io.allotment.domain.Persistence;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.gate.Invariants;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.signin.SignIn;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server over memory for each test, at 10:00 on 10 March 2026. */
abstract class HttpTest {

    final TestClock clock = TestClock.at("2026-03-10T10:00:00Z");
    final Persistence persistence = persistence();
    final Allotment allotment = Allotment.with(persistence)
            .clock(clock)
            .passwords(SignIn.argon2id())
            .tokens(SignIn.tokens(List.of(Issued.ISSUER), clock))
            .signUpOpen(signUpOpen())
            .payments(payments())
            .build();
    final Fixtures given = Fixtures.in(allotment);
    HttpApi server;
    Client api;

    Persistence persistence() {
        return new InMemoryPersistence();
    }

    boolean signUpOpen() {
        return true;
    }

    PaymentGateway payments() {
        return new ManualPayments();
    }

    HttpApi.Builder configured() {
        return HttpApi.of(allotment).rootKey(Client.ROOT_KEY);
    }

    @BeforeEach
    void start() {
        server = configured().start();
        api = new Client(server.port());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** How much is stored, whatever it is. */
    Invariants.Report stored() {
        return allotment.gate().verify();
    }
}
