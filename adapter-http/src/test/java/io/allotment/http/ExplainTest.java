package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplainTest extends ProductTest {

    private static final List<String> WALK =
            List.of("TENANT", "OPERATION", "PERMISSION", "SUBSCRIPTION", "ENTITLEMENT", "SPEND_LIMIT", "CREDITS");
    private static final List<String> FOUND = List.of("FOUND", "ENTITLEMENT", "CREDITS");

    @Test
    void a_consume_and_a_reserve_are_told_by_all_their_steps() {
        explained(consume("{\"operation\": \"transcribe\", \"quantity\": 4}"), "CONSUME", WALK, "2 credits drawn");
        explained(reserve("{\"operation\": \"transcribe\", \"quantity\": 8}"), "RESERVE", WALK, "4 credits held");
    }

    @Test
    void what_becomes_of_a_reservation_is_told_from_where_it_was_found() {
        var work = reserved("{\"operation\": \"transcribe\", \"quantity\": 8}");
        var given = reserved(TWO_SUMMARIES);

        explained(api.post(work + "/renew", "{\"leaseSeconds\": 600}"), "RENEW", FOUND, "4 credits held");
        explained(
                api.post(work + "/settle", "{\"operation\": \"transcribe\", \"quantity\": 2}"),
                "SETTLE",
                FOUND,
                "1 credits drawn");
        explained(api.post(given + "/release"), "RELEASE", FOUND, "4 credits given back");
    }

    @Test
    void what_is_given_back_and_undone_is_told_too() {
        consume("{\"operation\": \"seat\", \"quantity\": 1, \"relatedTo\": {\"type\": \"member\", \"id\": \"ada\"}}");
        var charge = consume(TWO_SUMMARIES).at("/id");

        explained(api.post(tenant + "/gate/release", """
                        {"feature": "seats", "relatedTo": {"type": "member", "id": "ada"}}"""), "RELEASE", FOUND, "No credits move.");
        var trace = explained(
                api.post(tenant + "/gate/decisions/" + charge + "/refund", "{\"reason\": \"goodwill\"}"),
                "REFUND",
                FOUND,
                "4 credits given back");

        assertThat(trace.at("/0/detail").textValue()).isEqualTo("It undoes the decision " + charge + ".");
    }

    /** Whether the decision is kept as it was answered, each step passed, the last one with these words. */
    private JsonNode explained(Client.Answer decision, String verb, List<String> steps, String credits) {
        var explanation = api.get(tenant + "/gate/decisions/" + decision.is(200).at("/id"))
                .is(200);
        assertThat(explanation.at("/decision/verb")).isEqualTo(verb);
        assertThat(explanation.json().at("/decision")).isEqualTo(decision.json());
        var trace = explanation.json().at("/trace");
        var told = new ArrayList<String>();
        trace.forEach(step -> {
            told.add(step.at("/step").textValue());
            assertThat(step.at("/passed").booleanValue()).isTrue();
        });
        assertThat(told).isEqualTo(steps);
        assertThat(trace.get(trace.size() - 1).at("/detail").textValue()).startsWith(credits);
        return trace;
    }
}
