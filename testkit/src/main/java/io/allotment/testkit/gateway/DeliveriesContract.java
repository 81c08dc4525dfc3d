package io.allotment.testkit.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.EventRefused;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a gateway posts: believed where it is signed, and by nobody else. */
public abstract class DeliveriesContract {

    /** Something that the gateway posted. */
    public record Posted(byte[] body, String signature, Instant at) {}

    protected abstract BillingGateway gateway();

    /** An event about an object, as it is posted now. */
    protected abstract Posted posted();

    @Test
    void what_the_gateway_posts_is_believed_and_read() {
        var posted = posted();

        var delivery = gateway().verify(posted.body(), Optional.of(posted.signature()), posted.at());
        var event = gateway().read(delivery.payload());

        assertThat(event.id()).isEqualTo(delivery.eventId());
        assertThat(event.type()).isEqualTo(delivery.type());
        assertThat(event.at()).isEqualTo(delivery.at());
        assertThat(gateway().verify(posted.body(), Optional.of(posted.signature()), posted.at()))
                .as("told twice it is the same")
                .isEqualTo(delivery);
    }

    @Test
    void what_is_not_signed_is_refused() {
        var posted = posted();

        refused(posted.body(), Optional.empty(), posted.at());
        for (var other :
                new String[] {"", "signed", "t=1,v1=00", "t=" + posted.at().getEpochSecond() + ",v1=" + "0".repeat(64)
                }) {
            refused(posted.body(), Optional.of(other), posted.at());
        }
    }

    @Test
    void what_was_changed_on_the_way_is_refused() {
        var posted = posted();
        var changed = posted.body().clone();
        changed[changed.length / 2] ^= 1;

        refused(changed, Optional.of(posted.signature()), posted.at());
        refused(Arrays.copyOf(changed, changed.length - 1), Optional.of(posted.signature()), posted.at());
        refused(new byte[0], Optional.of(posted.signature()), posted.at());
    }

    @Test
    void what_is_posted_again_at_another_time_is_refused() {
        var posted = posted();

        refused(posted.body(), Optional.of(posted.signature()), posted.at().plus(Duration.ofHours(1)));
        refused(posted.body(), Optional.of(posted.signature()), posted.at().minus(Duration.ofHours(1)));
    }

    @Test
    void what_is_no_event_is_refused() {
        for (var payload : new String[] {"", "{}", "[]", "no event", "{\"id\": 1}"}) {
            assertThatThrownBy(() -> gateway().read(payload)).as(payload).isInstanceOf(EventRefused.class);
        }
    }

    private void refused(byte[] body, Optional<String> signature, Instant at) {
        assertThatThrownBy(() -> gateway().verify(body, signature, at))
                .as("%s", signature)
                .isInstanceOf(EventRefused.class);
    }
}
