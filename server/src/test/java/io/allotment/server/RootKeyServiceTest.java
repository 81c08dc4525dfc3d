package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.testkit.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class RootKeyServiceTest {

    @Nested
    class InMemory extends Cases {
        @Override
        Persistence open() {
            return new InMemoryPersistence();
        }

        @Override
        void close() {}
    }

    @Nested
    class InPostgres extends Cases {
        private final TestDatabase database = TestDatabase.create();
        private final JooqPersistence persistence = JooqPersistence.connect(new JooqPersistence.Settings(
                database.jdbcUrl(), database.appPassword(), database.platformPassword(), 1));

        @Override
        Persistence open() {
            return persistence;
        }

        @Override
        void close() {
            persistence.close();
            database.close();
        }
    }

    abstract static class Cases {

        private Persistence persistence;
        private Allotment allotment;
        /** Another process on the same database. */
        private Allotment other;

        abstract Persistence open();

        @AfterEach
        abstract void close();

        @BeforeEach
        void build() {
            persistence = open();
            allotment = Allotment.with(persistence).build();
            other = Allotment.with(persistence).build();
        }

        @Test
        void the_first_key_is_made_once_and_accepted_everywhere() {
            var key = allotment.rootKeys().createFirst().orElseThrow();

            assertThat(key).matches("allot_root_[0-9A-Za-z]{43}");
            assertThat(allotment.rootKeys().createFirst()).isEmpty();
            assertThat(other.rootKeys().createFirst()).isEmpty();
            assertThat(allotment.rootKeys().accepts(key)).isTrue();
            assertThat(other.rootKeys().accepts(key)).isTrue();
        }

        @Test
        void anything_else_is_not_accepted() {
            assertThat(allotment.rootKeys().accepts("")).isFalse();
            var key = allotment.rootKeys().createFirst().orElseThrow();

            assertThat(allotment.rootKeys().accepts("")).isFalse();
            assertThat(allotment.rootKeys().accepts(key + "x")).isFalse();
            assertThat(allotment.rootKeys().accepts(key.substring(1))).isFalse();
            assertThat(allotment.rootKeys().accepts(key.toLowerCase(Locale.ROOT)))
                    .isFalse();
        }

        @Test
        void a_replaced_key_is_accepted_no_longer() {
            var lost = allotment.rootKeys().createFirst().orElseThrow();

            var found = allotment.rootKeys().replace();

            assertThat(allotment.rootKeys().accepts(found)).isTrue();
            assertThat(allotment.rootKeys().accepts(lost)).isFalse();
            assertThat(other.rootKeys().accepts(lost)).isFalse();
            assertThat(allotment.rootKeys().createFirst()).isEmpty();
        }

        @Test
        void of_several_servers_that_start_together_one_makes_the_key_and_that_key_is_accepted() throws Exception {
            var threads = Executors.newFixedThreadPool(8);
            var tasks = new ArrayList<Callable<Optional<String>>>();
            for (int i = 0; i < 8; i++) {
                var server = Allotment.with(persistence).build();
                tasks.add(() -> server.rootKeys().createFirst());
            }

            List<String> made = new ArrayList<>();
            for (var created : threads.invokeAll(tasks)) {
                created.get().ifPresent(made::add);
            }
            threads.shutdown();

            assertThat(made).hasSize(1);
            assertThat(other.rootKeys().accepts(made.get(0))).isTrue();
        }
    }
}
