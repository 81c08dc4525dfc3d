package io.allotment.testkit.contract;

import io.allotment.domain.Persistence;

/** The test class around the suites: it says what they test. */
public interface PersistenceUnderTest {

    /** The same one for all tests of the class. It need not be empty: a suite looks only at what it made itself. */
    Persistence persistence();
}
