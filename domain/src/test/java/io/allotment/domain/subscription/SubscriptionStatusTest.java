package io.allotment.domain.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.SubscriptionStatus.Event;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SubscriptionStatusTest {

    /** Every state against every event; {@code -} is refused. */
    private static final String TABLE = """
            state     ACTIVATE  PAYMENT_FAILED  PAUSE   RESUME  CANCEL    EXPIRE
            FREE      -         -               -       -       CANCELED  -
            TRIALING  ACTIVE    PAST_DUE        PAUSED  -       CANCELED  EXPIRED
            ACTIVE    -         PAST_DUE        PAUSED  -       CANCELED  EXPIRED
            PAST_DUE  ACTIVE    -               -       -       CANCELED  EXPIRED
            PAUSED    -         -               -       ACTIVE  CANCELED  EXPIRED
            CANCELED  -         -               -       -       -         -
            EXPIRED   -         -               -       -       -         -
            """;

    static Stream<Arguments> pairs() {
        var rows = TABLE.lines().map(row -> row.split(" +")).toList();
        var events = rows.get(0);
        return rows.stream()
                .skip(1)
                .flatMap(row -> Stream.iterate(1, i -> i < events.length, i -> i + 1)
                        .map(i -> Arguments.of(
                                SubscriptionStatus.valueOf(row[0]),
                                Event.valueOf(events[i]),
                                row[i].equals("-")
                                        ? Optional.empty()
                                        : Optional.of(SubscriptionStatus.valueOf(row[i])))));
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @MethodSource("pairs")
    void an_event_leads_where_the_table_says(
            SubscriptionStatus status, Event event, Optional<SubscriptionStatus> next) {
        assertThat(status.after(event)).isEqualTo(next);
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @MethodSource("pairs")
    void a_subscription_refuses_what_the_table_does_not_hold(
            SubscriptionStatus status, Event event, Optional<SubscriptionStatus> next) {
        var subscription = SomeSubscription.in(status);

        if (next.isPresent()) {
            assertThat(subscription
                            .after(event, SomeSubscription.NOW, Times.UTC)
                            .status())
                    .isEqualTo(next.get());
        } else {
            assertThatThrownBy(() -> subscription.after(event, SomeSubscription.NOW, Times.UTC))
                    .isInstanceOf(TransitionRefused.class)
                    .hasMessage("A subscription that is " + status + " does not allow " + event + ".");
        }
    }

    @Test
    void the_table_names_every_state_and_event() {
        assertThat(pairs()).hasSize(SubscriptionStatus.values().length * Event.values().length);
    }

    @Test
    void nothing_follows_a_state_that_has_ended_and_something_follows_any_other() {
        for (var status : SubscriptionStatus.values()) {
            assertThat(status.isEnded())
                    .isEqualTo(Arrays.stream(Event.values())
                            .allMatch(event -> status.after(event).isEmpty()));
        }
    }
}
