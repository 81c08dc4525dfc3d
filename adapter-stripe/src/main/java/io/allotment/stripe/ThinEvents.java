package io.allotment.stripe;

import com.google.gson.JsonObject;
import com.stripe.param.v2.core.EventListParams;
import io.allotment.domain.billing.BillingGateway.Delivery;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What Stripe posts without saying more, which it lists apart from all other events: that usage was refused after it had been taken. */
final class ThinEvents {

    /** The others are of no concern. */
    static final List<String> TYPES =
            List.of("v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found");

    private static final Logger LOG = LoggerFactory.getLogger(ThinEvents.class);

    private static final int MAX_PAGE = 100;
    private static final String PAGE = "page=";

    private final Calls calls;

    ThinEvents(Calls calls) {
        this.calls = calls;
    }

    Page<Delivery> list(Instant since, PageRequest page) {
        var params = EventListParams.builder()
                .addAllType(TYPES)
                .setCreated(EventListParams.Created.builder().setGte(since).build())
                .setLimit((long) Math.min(page.limit(), MAX_PAGE));
        page.after().ifPresent(token -> params.putExtraParam("page", token));
        var answer = calls.get((client, options) -> client.v2().core().events().list(params.build(), options));
        var told = Events.list(Optional.of(Events.json(answer.getLastResponse().body())), "data").stream()
                .flatMap(ThinEvents::readable)
                .toList();
        return new Page<>(told, Optional.ofNullable(answer.getNextPageUrl()).flatMap(ThinEvents::token));
    }

    /** One that cannot be read keeps nobody from the others. */
    private static Stream<Delivery> readable(JsonObject event) {
        try {
            return Stream.of(Events.delivery(event));
        } catch (EventRefused unreadable) {
            LOG.warn("Stripe lists an event that cannot be read: {}", unreadable.getMessage());
            return Stream.empty();
        }
    }

    /** Where the next page begins, as its address says. */
    private static Optional<String> token(String next) {
        return Optional.ofNullable(URI.create(next).getRawQuery()).stream()
                .flatMap(query -> Stream.of(query.split("&")))
                .filter(part -> part.startsWith(PAGE))
                .map(part -> URLDecoder.decode(part.substring(PAGE.length()), StandardCharsets.UTF_8))
                .findFirst();
    }
}
