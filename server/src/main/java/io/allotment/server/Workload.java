package io.allotment.server;

import java.util.Locale;

/** What the callers of a measurement ask for. Named in lower case, on the command line and in results. */
enum Workload {
    HOT("one account", 1),
    SPREAD("10,000 accounts of one tenant", 10_000),
    TENANTS("1,000 tenants", 1_000),
    CHECK("read-only checks of 1,000 tenants", 1_000),
    /** Measured only when it is named: making the account takes minutes. */
    AGED("an account with a million ledger entries and a thousand spent grants, beside a fresh one", 2),
    /** In memory alone, and measured by the thousand: one takes less than a clock can tell. */
    PERMISSION("permission checks of 20,000 users in 1,000 tenants, who hold 200,000 permissions", 0),
    /** On a database of its own, by one caller: summaries are compared, not operations. */
    USAGE("a month's summary by model and day, from roll-ups and from the events", 0);

    private final String description;
    private final int accounts;

    Workload(String description, int accounts) {
        this.description = description;
        this.accounts = accounts;
    }

    /** What it is, for people. */
    String description() {
        return description;
    }

    /** Of how many accounts the callers choose. */
    int accounts() {
        return accounts;
    }

    /** Whether it is about a database. */
    boolean isOnDatabase() {
        return this != PERMISSION && this != USAGE;
    }

    /** So many operations are measured as one. */
    int batch() {
        return this == PERMISSION ? 1_000 : 1;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
