package io.allotment.server.prove;

import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Something an operator did to an account's credits, and what came of it.
 *
 * @param since when the first of the gate's calls began that were under way when it did
 * @param number its place among all that happened
 * @param got the ledger line it wrote, or how it was refused
 */
record Deed(long since, long number, TenantId tenant, AccountId account, What what, Instant now, String got) {

    /** What was done. */
    sealed interface What permits Grant, Adjust, Void, Limit {}

    /** Credits were granted. */
    record Grant(CreditGrant grant) implements What {}

    /** @param grant the one an increase made; null for a decrease */
    record Adjust(BigDecimal amount, String grant) implements What {}

    /** What was left of a grant was taken back. */
    record Void(String grant) implements What {}

    /** The overdraft got another limit. */
    record Limit(Credits limit) implements What {}

    static final String DONE = "done";

    /** What kind of deed it is, and whether it was refused. */
    String kind() {
        return "credits: " + what.getClass().getSimpleName().toUpperCase(Locale.ROOT) + (isRefused() ? " " + got : "");
    }

    boolean isRefused() {
        return got.startsWith(Told.refused(""));
    }

    /** How it should be refused, if it should. What is refused leaves no trace, that of time neither. */
    Optional<String> refused(Model model) {
        var likeness = model.tenants.get(tenant.toString());
        var seen =
                likeness.present(likeness.accounts.get(account.toString()), now).credits();
        if (what instanceof Void taken) {
            var grant = seen.grants.get(taken.grant());
            if (grant == null) {
                // This is a place in time before it was given: there it was not what was done.
                return Optional.of(Told.refused("NotFound"));
            }
            if (grant.free().signum() <= 0) {
                return Optional.of(Told.refused("GrantNotLive"));
            }
        }
        if (what instanceof Adjust less && less.amount().negate().compareTo(seen.spendable(now)) > 0) {
            return Optional.of(Told.refused("InsufficientCredits"));
        }
        return Optional.empty();
    }

    /** Does the same in the model: what should have come of it. */
    String mirrored(Model model) {
        return refused(model).orElseGet(() -> done(model));
    }

    private String done(Model model) {
        var likeness = model.tenants.get(tenant.toString());
        var mine = likeness.accounts.get(account.toString());
        likeness.touch(mine, now);
        var credits = mine.credits();
        if (what instanceof Grant granted) {
            credits.grant(new ModelGrant(granted.grant()), "GRANTED", now);
            return DONE;
        }
        if (what instanceof Limit limit) {
            credits.overdraftLimit = limit.limit().value();
            return DONE;
        }
        if (what instanceof Void taken) {
            credits.voidGrant(taken.grant(), now);
            return last(credits);
        }
        var adjust = (Adjust) what;
        if (adjust.grant() != null) {
            credits.grant(new ModelGrant(adjust.grant(), adjust.amount(), now), "ADJUSTED", now);
            return DONE;
        }
        credits.draw(adjust.amount().negate(), "ADJUSTED", now);
        return last(credits);
    }

    private static String last(ModelCredits credits) {
        return credits.written.get(credits.written.size() - 1);
    }
}
