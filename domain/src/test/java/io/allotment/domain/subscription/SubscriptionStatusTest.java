package io.allotment.domain.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.SubscriptionStatus.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SubscriptionStatusTest {

    /** Every state against every event; {@code -} is refused. */
    private static final String TABLE = """
            state     ACTIVATE  PAYMENT_FAILED  PAUSE   RESUME  CANCEL    UNCANCEL  SET_AUTO_RENEW  CHANGE_PLAN  EXPIRE   REACTIVATE  PERIOD_ENDED  GRACE_ENDED
            FREE      -         -               -       -       CANCELED  FREE      -               FREE         -        -           FREE          -
            TRIALING  ACTIVE    PAST_DUE        PAUSED  -       CANCELED  TRIALING  TRIALING        TRIALING     EXPIRED  -           ACTIVE        -
            ACTIVE    -         PAST_DUE        PAUSED  -       CANCELED  ACTIVE    ACTIVE          ACTIVE       EXPIRED  -           ACTIVE        -
            PAST_DUE  ACTIVE    -               -       -       CANCELED  PAST_DUE  PAST_DUE        -            EXPIRED  -           PAST_DUE      EXPIRED
            PAUSED    -         -               -       ACTIVE  CANCELED  PAUSED    PAUSED          -            EXPIRED  -           -             -
            CANCELED  -         -               -       -       -         -         -               -            -        ACTIVE      -             -
            EXPIRED   -         -               -       -       -         -         -               -            -        ACTIVE      -             -
            """;

    private static final Set<Event> BY_TIME = Set.of(Event.PERIOD_ENDED, Event.GRACE_ENDED);

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
        if (BY_TIME.contains(event) || event == Event.REACTIVATE) {
            return;
        }
        var running = SomeSubscription.in(status);
        var subscription = event == Event.UNCANCEL && !status.isEnded()
                ? running.canceled(true, Optional.empty(), SomeSubscription.NOW)
                : running;

        if (next.isPresent()) {
            assertThat(SomeSubscription.after(subscription, event).status()).isEqualTo(next.get());
        } else {
            assertThatThrownBy(() -> SomeSubscription.after(subscription, event))
                    .isInstanceOf(TransitionRefused.class)
                    .hasMessage("A subscription that is " + status + " does not allow " + event + ".");
        }
    }

    @ParameterizedTest
    @EnumSource(SubscriptionStatus.class)
    void time_brings_what_the_table_says_of_a_period_s_end(SubscriptionStatus status) {
        var subscription = SomeSubscription.in(status);

        var after = subscription.at(SomeSubscription.APRIL, Times.UTC);

        assertThat(after.status()).isEqualTo(status.after(Event.PERIOD_ENDED).orElse(status));
    }

    @Test
    void the_table_names_every_state_and_event() {
        assertThat(pairs()).hasSize(SubscriptionStatus.values().length * Event.values().length);
    }

    @Test
    void only_another_subscription_follows_a_state_that_has_ended() {
        for (var status : SubscriptionStatus.values()) {
            assertThat(status.isEnded())
                    .isEqualTo(status.after(Event.REACTIVATE).isPresent())
                    .isEqualTo(status.after(Event.CANCEL).isEmpty());
        }
    }

    @Test
    void the_page_about_subscriptions_shows_this_table() throws IOException {
        var page = Files.readString(Path.of("../docs/contexts/subscription.md"));
        for (var pair : pairs().toList()) {
            var status = (SubscriptionStatus) pair.get()[0];
            var event = (Event) pair.get()[1];
            var row = page.lines()
                    .filter(line -> line.startsWith("| " + event + " |"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("No row of " + event));
            var cell = row.split("\\|", -1)[2 + status.ordinal()].strip();
            assertThat(cell)
                    .as(event + " of " + status)
                    .isEqualTo(status.after(event).map(Enum::name).orElse(""));
        }
    }
}
