package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Refusal;

/** Who pays for a subscription is not forgotten while a gateway goes on charging them. */
public final class StillBilled extends Refusal {

    public StillBilled(AccountId account, String gateway) {
        super(
                Kind.CONFLICT,
                "still-billed",
                null,
                "The account " + account + " has a subscription that " + gateway
                        + " bills; cancel it first, at once, under the account's /billing.");
    }
}
