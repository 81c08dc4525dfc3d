package io.allotment.domain.shared;

/** Somebody else changed it since it was read: read it again, then repeat the change. */
public final class StaleVersion extends Refusal {

    public StaleVersion(String what, Object name) {
        super(
                Kind.CONFLICT,
                "stale-version",
                "version",
                "The " + what + " " + name + " was changed by somebody else meanwhile; read it again and repeat.");
    }
}
