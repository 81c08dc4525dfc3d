package io.allotment.domain.apikey;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Refusal;

/** The key was revoked, replaced, or has expired. */
public final class ApiKeyEnded extends Refusal {

    public ApiKeyEnded(ApiKeyId key) {
        super(
                Kind.CONFLICT,
                "api-key-ended",
                null,
                "The API key " + key + " was revoked, replaced or has expired; make a new one.");
    }
}
