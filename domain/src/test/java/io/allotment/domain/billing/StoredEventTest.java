package io.allotment.domain.billing;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.StoredEvent.About;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoredEventTest {

    private static final About UNOWNED = new About(About.Kind.INVOICE, "in-1", Optional.empty(), Optional.empty());
    private static final About OWNED = new About(
            About.Kind.INVOICE,
            "in-1",
            Optional.of(new TenantId(new UUID(1, 1))),
            Optional.of(new AccountId(new UUID(1, 1))));

    private final StoredEvent event = StoredEvent.received(
            "test", new BillingGateway.Delivery("evt-1", "changed", Instant.EPOCH, "payload"), Instant.EPOCH);

    @Test
    void what_is_known_of_what_it_tells_of_stays_known() {
        var known = event.about(Optional.of(UNOWNED)).about(Optional.of(OWNED));

        assertThat(known.about()).contains(OWNED);
        assertThat(known.about(Optional.of(UNOWNED))).isEqualTo(known);
        assertThat(known.about(Optional.empty())).isEqualTo(known);
        assertThat(event.about(Optional.empty()).about()).isEmpty();
    }
}
