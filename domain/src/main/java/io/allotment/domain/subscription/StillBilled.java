package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Refusal;

/** Who pays for a subscription is not forgotten while a gateway goes on charging them. */
public final class StillBilled extends Refusal {

    /**
     * @param gateway who bills it
     * @param here the gateway that runs
     */
    public StillBilled(AccountId account, String gateway, String here) {
        super(
                Kind.CONFLICT,
                "still-billed",
                null,
                "The account " + account + " has a subscription that " + gateway
                        + " bills; "
                        + (gateway.equals(here)
                                ? ""
                                : "payments are taken by " + here + " here: start the server with " + gateway
                                        + ", and ")
                        + "cancel it first, at once, under the account's /billing.");
    }
}
