package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {

    @Test
    void one_row_more_than_asked_for_tells_that_there_is_a_next_page() {
        var page = Page.of(List.of(1, 2, 3), PageRequest.first(2), n -> "at " + n);

        assertThat(page).isEqualTo(new Page<>(List.of(1, 2), Optional.of("at 2")));
    }

    @Test
    void as_many_rows_as_asked_for_are_the_last_page() {
        var page = Page.of(List.of(1, 2), PageRequest.first(2), n -> "at " + n);

        assertThat(page).isEqualTo(new Page<>(List.of(1, 2), Optional.empty()));
    }

    @Test
    void a_changed_page_still_has_its_next() {
        var page = new Page<>(List.of(1, 2), Optional.of("at 2")).map(n -> "no. " + n);

        assertThat(page).isEqualTo(new Page<>(List.of("no. 1", "no. 2"), Optional.of("at 2")));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 201, Integer.MAX_VALUE})
    void a_page_has_one_to_two_hundred_items(int limit) {
        assertThatThrownBy(() -> PageRequest.first(limit))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("limit must be from 1 to 200");
        assertThat(PageRequest.first(1).after()).isEmpty();
        assertThat(PageRequest.first(200).limit()).isEqualTo(PageRequest.MAX_LIMIT);
    }
}
