package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Credits that came with an invoice of which the gateway says that nobody paid it, nor is to: they go as if their money had gone back, and come again where another
 * invoice is paid for the same. Each time is a ledger entry of its own, so it is read from the ledger which of both was last.
 */
final class UnpaidCredits {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final Acting acting;

    UnpaidCredits(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.acting = acting;
    }

    /**
     * What nobody spent goes, for what was spent the account is overdrawn, whatever its limit. Under the account's lock; what was taken and did not come again is not taken twice.
     *
     * @param taken what refunds have taken of the grant before
     * @param ended what of it ended otherwise than by being spent
     */
    void takeBack(Invoice invoice, CreditGrant grant, Credits taken, Credits ended, Instant now) {
        if (taken(invoice.tenantId(), grant.id()).isPresent()) {
            return;
        }
        var open = accounts.open(invoice.tenantId(), invoice.accountId(), now);
        var wanted = grant.terms().amount().minus(taken);
        var reason = reason(invoice, grant, "nobody paid for them: the invoice is void");
        save("credits.taken-back", invoice, open.credits().takeBack(grant, wanted, ended.plus(taken), reason, now));
    }

    /** What was taken of the grant and did not come again. */
    Optional<CreditEntry> taken(TenantId tenant, GrantId grant) {
        int entries = entries(tenant, grant);
        return persistence
                .credits()
                .findEntry(tenant, key(grant, entries))
                .filter(last -> last.type() == CreditEntry.Type.TAKEN_BACK);
    }

    /**
     * What was taken comes again: another invoice was paid for it. Under the account's lock.
     *
     * @param spent grants that hold nothing now, of those which were touched
     */
    void restore(Invoice paid, CreditGrant grant, CreditEntry taken, List<CreditGrant> spent, Instant now) {
        var open = accounts.open(paid.tenantId(), paid.accountId(), now);
        var reason = reason(paid, grant, "another invoice was paid for them");
        save("credits.restored", paid, open.credits().restore(taken, spent, reason, now));
    }

    private void save(String action, Invoice invoice, CreditAccount.Movement movement) {
        persistence.credits().save(movement);
        var moved = movement.entries().stream()
                .filter(entry ->
                        entry.type() == CreditEntry.Type.TAKEN_BACK || entry.type() == CreditEntry.Type.RESTORED)
                .map(CreditEntry::amount)
                .reduce(Credits.ZERO, Credits::plus);
        acting.record(
                invoice.tenantId(),
                AuditEvent.of(action, "invoice", invoice.id())
                        .to(AuditValues.of("account", invoice.accountId())
                                .and("gateway", invoice.gateway())
                                .and("gatewayId", invoice.told().id())
                                .and("status", invoice.told().status())
                                .and("credits", moved.isNegative() ? moved.negated() : moved)
                                .map()));
    }

    private CreditReason reason(Invoice invoice, CreditGrant grant, String why) {
        var about = grant.terms();
        return new CreditReason(
                Actor.system(),
                Optional.of(about.source()),
                about.sourceId(),
                about.expiresAt(),
                invoice.paymentReference(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(why),
                about.metadata(),
                Optional.of(key(grant.id(), entries(invoice.tenantId(), grant.id()) + 1)));
    }

    /** How often its credits were taken, or came again. */
    private int entries(TenantId tenant, GrantId grant) {
        int known = 0;
        while (persistence.credits().findEntry(tenant, key(grant, known + 1)).isPresent()) {
            known++;
        }
        return known;
    }

    private static IdempotencyKey key(GrantId grant, int time) {
        return new IdempotencyKey("unpaid-" + grant + "-" + time);
    }
}
