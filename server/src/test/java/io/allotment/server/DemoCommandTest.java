package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.TenantId;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DemoCommandTest {

    @Test
    void it_shows_every_kind_of_answer_and_ends_in_order() {
        var run = CommandRun.of(Map.of(), "demo", "--calls", "800", "--json");

        assertThat(run.exitCode()).isZero();
        var result = run.json();
        assertThat(result.get("decided").asInt()).isEqualTo(800);
        assertThat(result.get("allowed").asInt() + result.get("denied").asInt()).isEqualTo(800);
        assertThat(result.get("replayed").asInt()).isPositive();
        assertThat(result.get("deniedByReason").properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder(
                        "TENANT_SUSPENDED",
                        "OPERATION_INACTIVE",
                        "PERMISSION_MISSING",
                        "NO_SUBSCRIPTION",
                        "SUBSCRIPTION_INACTIVE",
                        "NOT_ENTITLED",
                        "QUOTA_EXCEEDED",
                        "INSUFFICIENT_CREDITS");
        assertThat(result.get("verified").get("violations").asInt()).isZero();
        assertThat(result.get("verified").get("decisions").asInt()).isEqualTo(800);
        assertThat(run.err())
                .contains("Credits burned by grant")
                .contains("Quota used against limit")
                .endsWith("violations 0" + System.lineSeparator());
    }

    @Test
    void the_same_seed_makes_the_same_calls() {
        var customers =
                List.of(new DemoWorld.Customer("Acme", "team", new TenantId(new UUID(1, 1)), Actor.system(), 100));

        var calls = new DemoTraffic(7, customers).generate(200);

        assertThat(calls).isEqualTo(new DemoTraffic(7, customers).generate(200));
        assertThat(calls).isNotEqualTo(new DemoTraffic(8, customers).generate(200));
        assertThat(calls.stream().distinct()).hasSize(200);
        assertThat(calls).hasSizeGreaterThan(200);
    }
}
