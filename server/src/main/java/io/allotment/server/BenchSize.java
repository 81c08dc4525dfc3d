package io.allotment.server;

/**
 * How large the worlds are that are measured.
 *
 * @param part of how many: tests have no time for whole ones
 */
record BenchSize(int part) {

    static final BenchSize WHOLE = new BenchSize(1);

    /** Of how many accounts the callers choose. */
    int accounts(Workload workload) {
        return of(workload.accounts());
    }

    /** So many of a whole. */
    int of(int whole) {
        return (whole + part - 1) / part;
    }
}
