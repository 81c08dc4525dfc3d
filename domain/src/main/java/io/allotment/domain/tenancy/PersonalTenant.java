package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;

/** A personal tenant is of one person, and nobody else's. */
public final class PersonalTenant extends Refusal {

    public PersonalTenant(TenantId tenant) {
        super(
                Kind.CONFLICT,
                "personal-tenant",
                null,
                "The tenant " + tenant + " is one person's own; it takes no other members.");
    }
}
