package io.allotment.domain.apikey;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Refusal;

/** The key has no secret here: another issuer manages it. */
public final class ApiKeyManagedElsewhere extends Refusal {

    public ApiKeyManagedElsewhere(ApiKeyId key) {
        super(
                Kind.CONFLICT,
                "api-key-managed-elsewhere",
                null,
                "The API key " + key + " is managed by another issuer; rotate it there.");
    }
}
