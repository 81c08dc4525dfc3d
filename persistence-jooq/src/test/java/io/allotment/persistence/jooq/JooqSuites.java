package io.allotment.persistence.jooq;

import io.allotment.domain.Persistence;
import io.allotment.testkit.TestDatabase;
import io.allotment.testkit.contract.PersistenceUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ports' suites, run on PostgreSQL: three classes, so that they run side by side. */
abstract class JooqSuites implements PersistenceUnderTest {

    static TestDatabase database;
    private static JooqPersistence persistence;

    /** A database for each suite: what looks at all rows finds its own alone. */
    @RegisterExtension
    static final BeforeAllCallback anew = suite -> {
        close();
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
    };

    @AfterAll
    static void close() {
        if (database != null) {
            persistence.close();
            database.close();
            database = null;
        }
    }

    @Override
    public Persistence persistence() {
        return persistence;
    }
}
