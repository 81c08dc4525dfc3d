package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import java.time.Instant;
import java.util.Optional;

/** Credits that came with an invoice of which the gateway says that nobody paid it, nor is to: they go as if their money had gone back. */
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
     * What nobody spent goes, for what was spent the account is overdrawn, whatever its limit. Under the account's lock, once for the invoice, which is to have lost its credits.
     *
     * @param taken what refunds have taken of the grant before
     * @param ended what of it ended otherwise than by being spent
     */
    void takeBack(Invoice invoice, CreditGrant grant, Credits taken, Credits ended, Instant now) {
        var open = accounts.open(invoice.tenantId(), invoice.accountId(), now);
        var wanted = grant.terms().amount().minus(taken);
        var movement = open.credits().takeBack(grant, wanted, ended.plus(taken), reason(invoice, grant), now);
        persistence.credits().save(movement);
        var moved = movement.entries().stream()
                .filter(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                .map(entry -> entry.amount().negated())
                .reduce(Credits.ZERO, Credits::plus);
        acting.record(
                invoice.tenantId(),
                AuditEvent.of("credits.taken-back", "invoice", invoice.id())
                        .to(AuditValues.of("account", invoice.accountId())
                                .and("gateway", invoice.gateway())
                                .and("gatewayId", invoice.told().id())
                                .and("status", invoice.told().status())
                                .and("credits", moved)
                                .map()));
    }

    private static CreditReason reason(Invoice invoice, CreditGrant grant) {
        var about = grant.terms();
        return new CreditReason(
                Actor.system(),
                Optional.of(about.source()),
                about.sourceId(),
                about.expiresAt(),
                invoice.told().paymentId(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("nobody paid for them: the invoice is void"),
                about.metadata(),
                Optional.of(new IdempotencyKey("unpaid-" + invoice.id() + "-" + grant.id())));
    }
}
