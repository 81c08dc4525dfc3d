package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TextsTest {

    @Test
    void a_text_is_made_once_and_however_many_there_are_the_right_one_is_given() {
        var texts = new Texts<Integer>();
        var made = new AtomicInteger();

        for (int i = 0; i < 5_000; i++) {
            int key = i;
            var text = texts.get(key, () -> "text " + key + " " + made.incrementAndGet());
            assertThat(text).startsWith("text " + key + " ");
            assertThat(texts.get(key, () -> "another")).isSameAs(text);
        }
        assertThat(made).hasValue(5_000);
    }
}
