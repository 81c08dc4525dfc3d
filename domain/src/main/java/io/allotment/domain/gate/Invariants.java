package io.allotment.domain.gate;

import java.util.List;

/**
 * Port: recomputes what must always be true from the stored rows alone, by other means than those that wrote them. In
 * the platform's unit of work.
 */
public interface Invariants {

    /** How many violations are named at the most. */
    int MAX_VIOLATIONS = 1_000;

    /** What was looked at and what is broken. */
    record Report(
            long tenants,
            long accounts,
            long entries,
            long decisions,
            long events,
            long auditEntries,
            List<Violation> violations) {
        public Report {
            violations = List.copyOf(violations);
        }
    }

    Report check();
}
