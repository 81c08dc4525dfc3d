package io.allotment.application.apikey;

import io.allotment.domain.apikey.KeySecret;

/** What root keys look like, and what they must not. */
public final class RootKeyForm {

    static final String PREFIX = "allot_root_";

    /** Every key and token that is made here begins like this, and then says of which kind it is. */
    private static final String EVERY_PREFIX = "allot_";

    private RootKeyForm() {}

    /** Whether it begins like a key or token of another kind: it would be taken for one, and never be accepted. */
    public static boolean isAnothers(String key) {
        return KeySecret.hasForm(key) || key.startsWith(EVERY_PREFIX) && !key.startsWith(PREFIX);
    }
}
