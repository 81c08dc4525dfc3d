package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.BillingGateway.Delivery;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.shared.PageRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Stripe posts without saying more is found in a list of its own. */
class ThinEventsTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_795_000_000);

    private final StripeDouble server = new StripeDouble();
    private final StripePayments stripe = StripePayments.of(
            StripePayments.Settings.of("sk_test_1").at(server.base()), Clock.fixed(NOW, ZoneOffset.UTC), time -> {});

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void events_that_say_no_more_are_listed_by_their_types_page_by_page() {
        server.answering(
                        "GET /v2/core/events",
                        "{\"data\":[" + thin("evt_2")
                                + "],\"next_page_url\":\"/v2/core/events?limit=1&page=next%3D1\"}")
                .answering("GET /v2/core/events", "{\"data\":[" + thin("evt_1") + "],\"next_page_url\":null}");

        var first = stripe.listThinEvents(NOW, PageRequest.first(1));
        var second = stripe.listThinEvents(NOW, new PageRequest(1, first.next()));

        assertThat(first.items()).singleElement().satisfies(event -> {
            assertThat(event.eventId()).isEqualTo("evt_2");
            assertThat(event.at()).isEqualTo(Instant.parse("2026-11-20T10:00:00.5Z"));
            assertThat(stripe.read(event.payload())).isInstanceOf(PaymentEvent.Thin.class);
        });
        assertThat(second.items()).extracting(Delivery::eventId).containsExactly("evt_1");
        assertThat(second.next()).isEmpty();
        var asked = server.calls().get(0).fields();
        assertThat(asked)
                .containsEntry("limit", "1")
                .containsEntry("types[0]", "v1.billing.meter.error_report_triggered")
                .containsEntry("types[1]", "v1.billing.meter.no_meter_found")
                .doesNotContainKey("page");
        assertThat(Instant.parse(asked.get("created[gte]"))).isEqualTo(NOW);
        assertThat(server.calls().get(1).fields()).containsEntry("page", "next=1");
    }

    @Test
    void one_that_cannot_be_read_keeps_nobody_from_the_others() {
        server.answering(
                "GET /v2/core/events",
                "{\"data\":[{\"id\":\"evt_3\",\"created\":\"2026-11-20T10:00:00Z\"}," + thin("evt_1")
                        + "],\"next_page_url\":null}");

        assertThat(stripe.listThinEvents(NOW, PageRequest.first(10)).items())
                .extracting(Delivery::eventId)
                .containsExactly("evt_1");
    }

    /** As Stripe lists it: with what it would not post. */
    private static String thin(String id) {
        return "{\"id\":\"" + id
                + "\",\"object\":\"v2.core.event\",\"type\":\"v1.billing.meter.error_report_triggered\","
                + "\"created\":\"2026-11-20T10:00:00.500Z\",\"data\":{\"reason\":{\"error_count\":1}}}";
    }
}
