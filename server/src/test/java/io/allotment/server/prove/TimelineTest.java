package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** On the simplest model there is: a number that is raised, and looked at. */
class TimelineTest {

    private final Timeline timeline = new Timeline();
    private final List<String> done = new ArrayList<>();
    private int model;

    private void raised(long number, int told) {
        timeline.add(new Timeline.Event("raise " + number, number, number, 0, "" + told, Optional::empty, () -> {
            done.add("raise " + number);
            return "" + ++model;
        }));
    }

    private void looked(long since, long number, int told) {
        timeline.add(
                new Timeline.Event("look " + number, since, number, 0, "" + told, () -> Optional.of("" + model), () -> {
                    done.add("look " + number);
                    return "" + model;
                }));
    }

    private List<String> divergences() {
        var found = new ArrayList<String>();
        timeline.replay((event, expected) -> found.add(event.what() + ": " + expected + ", not " + event.told()));
        return found;
    }

    @Test
    void changes_come_in_the_order_of_their_numbers() {
        raised(5, 2);
        raised(3, 1);

        assertThat(divergences()).isEmpty();
        assertThat(done).containsExactly("raise 3", "raise 5");
    }

    @Test
    void who_changes_nothing_may_have_seen_what_was_before_a_change_under_way() {
        looked(1, 4, 0);
        raised(2, 1);
        raised(3, 2);

        assertThat(divergences()).isEmpty();
        assertThat(done).containsExactly("look 4", "raise 2", "raise 3");
    }

    @Test
    void or_what_was_in_between_or_after_it() {
        raised(2, 1);
        looked(1, 6, 2);
        raised(3, 2);
        looked(4, 8, 2);
        raised(7, 3);

        assertThat(divergences()).isEmpty();
        assertThat(done).containsExactly("raise 2", "raise 3", "look 6", "look 8", "raise 7");
    }

    @Test
    void but_not_what_was_before_it_began() {
        raised(2, 1);
        looked(3, 4, 0);

        assertThat(divergences()).containsExactly("look 4: 1, not 0");
    }

    @Test
    void nor_what_came_after_its_number() {
        looked(1, 2, 1);
        raised(3, 1);

        assertThat(divergences()).containsExactly("look 2: 0, not 1");
    }

    @Test
    void a_change_that_was_answered_otherwise_ends_it() {
        raised(1, 7);
        raised(2, 7);

        assertThat(divergences()).containsExactly("raise 1: 1, not 7");
        assertThat(done).containsExactly("raise 1");
    }
}
