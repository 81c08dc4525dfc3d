package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import java.util.List;

/**
 * Credits set aside for work under way.
 *
 * @param pins what is set aside of which grant, in burn-down order
 * @param overdraft what is set aside of the room that the account's overdraft limit leaves
 */
public record CreditHold(List<Pin> pins, Credits overdraft) {

    public static final CreditHold NONE = new CreditHold(List.of(), Credits.ZERO);

    /** So much of a grant: it does not expire while it is held. */
    public record Pin(GrantId grant, Credits amount) {
        public Pin {
            requireNonNull(grant, "grant");
            amount.requirePositive("amount");
        }
    }

    public CreditHold {
        pins = List.copyOf(pins);
        requireNonNull(overdraft, "overdraft");
    }

    public Credits total() {
        return pins.stream().map(Pin::amount).reduce(overdraft, Credits::plus);
    }
}
