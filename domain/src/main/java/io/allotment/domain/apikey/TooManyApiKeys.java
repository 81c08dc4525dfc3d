package io.allotment.domain.apikey;

import io.allotment.domain.shared.Refusal;

/** The tenant has as many keys as it may have. */
public final class TooManyApiKeys extends Refusal {

    public TooManyApiKeys() {
        super(
                Kind.CONFLICT,
                "too-many-api-keys",
                null,
                "The tenant has " + ApiKey.MAX_PER_TENANT
                        + " API keys, which is the most it may have; revoke one first.");
    }
}
