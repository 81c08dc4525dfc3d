package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Refusal;

/** The caller is known, and may not. */
public final class Forbidden extends Refusal {

    private Forbidden(String code, String message) {
        super(Kind.FORBIDDEN, code, null, message);
    }

    /** A permission in the tenant is missing. */
    public static Forbidden missing(PermissionKey permission) {
        return new Forbidden("permission-missing", "The permission " + permission + " is missing.");
    }

    /** It is for the platform's operator. */
    public static Forbidden platformOnly() {
        return new Forbidden("operator-only", "This is for the platform's operator.");
    }

    /** Nobody gives to others what they do not hold. */
    public static Forbidden notHeld(PermissionKey permission) {
        return new Forbidden(
                "permission-not-held",
                "Nobody grants what they do not hold: the permission " + permission + " is missing.");
    }

    /** Nobody gives to others for longer than they hold it themselves. */
    public static Forbidden notHeldSoLong(PermissionKey permission) {
        return new Forbidden(
                "permission-not-held",
                "Nobody grants for longer than they hold: the permission " + permission + " ends earlier.");
    }

    /** Nobody takes from others what they do not hold. */
    public static Forbidden notHeldToTake(PermissionKey permission) {
        return new Forbidden(
                "permission-not-held",
                "Nobody takes away what they do not hold: the permission " + permission + " is missing.");
    }

    /** A rule about who may, in its own words. */
    public static Forbidden because(String code, String message) {
        return new Forbidden(code, message);
    }
}
